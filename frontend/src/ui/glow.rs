//! What moves is what changed: a value that changed glows for a moment.

use leptos::prelude::*;

/// A text that glows when it changes.
pub(crate) fn glow(text: Signal<String>) -> impl IntoView {
    let value = Memo::new(move |_| text.get());
    let turn = turns(move || value.with(|_| ()));
    view! { <span class=move || class(turn.get())>{value}</span> }
}

/// How often what `track` tracks has changed.
pub(crate) fn turns(track: impl Fn() + Send + Sync + 'static) -> Memo<u32> {
    Memo::new(move |before: Option<&u32>| {
        track();
        before.map_or(0, |turn| turn.wrapping_add(1))
    })
}

/// The class of a turn. Two classes with the same animation take turns, so that each change starts it anew.
pub(crate) fn class(turn: u32) -> &'static str {
    match turn {
        0 => "",
        odd if odd % 2 == 1 => "glow-a",
        _ => "glow-b",
    }
}
