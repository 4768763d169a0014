//! A part of the page that is drawn anew when what it reads changes.

use std::sync::{Arc, Mutex};

use leptos::prelude::*;

/// A part of the page. All parts are of one type, so the code that draws one is in the program once; a bare closure would
/// bring its own copy of it.
pub(crate) type Part = Arc<Mutex<dyn FnMut() -> AnyView + Send>>;

/// The part that `draw` draws.
pub(crate) fn part<V: IntoView + 'static>(draw: impl Fn() -> V + Send + 'static) -> Part {
    Arc::new(Mutex::new(move || draw().into_any()))
}
