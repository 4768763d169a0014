//! Rows that are drawn once for as long as their keys stay.

use std::hash::Hash;
use std::sync::Arc;

use leptos::prelude::*;

/// A row for each of `keys`, drawn from its key and its place. All that have keys of one type share the code that puts rows where they
/// belong; as Leptos has it, each would bring its own.
pub(crate) fn each<K, V>(
    keys: impl Fn() -> Vec<K> + Send + Sync + 'static,
    draw: impl Fn(K, ReadSignal<usize>) -> V + Send + Sync + 'static,
) -> AnyView
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: IntoView + 'static,
{
    rows(Box::new(keys), Arc::new(move |key, place| draw(key, place).into_any()))
}

type Keys<K> = Box<dyn Fn() -> Vec<K> + Send + Sync>;
type Draw<K> = Arc<dyn Fn(K, ReadSignal<usize>) -> AnyView + Send + Sync>;

fn rows<K: Clone + Eq + Hash + Send + Sync + 'static>(keys: Keys<K>, draw: Draw<K>) -> AnyView {
    view! { <ForEnumerate each=keys key=|key| key.clone() children=move |place, key| draw(key, place)/> }
        .into_any()
}
