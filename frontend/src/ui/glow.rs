//! What moves is what changed: a value that changed glows for a moment.

use leptos::prelude::*;

use crate::calm::Turn;
use crate::time::local;

/// A text that glows when it changes after it was still.
pub(crate) fn glow(text: Signal<String>) -> impl IntoView {
    let value = Memo::new(move |_| text.get());
    let glow = glows(move || value.with(|_| ()));
    view! { <span class=glow>{value}</span> }
}

/// The class of what glows when what `track` tracks changes after it was still.
pub(crate) fn glows(
    track: impl Fn() + Send + Sync + 'static,
) -> impl Fn() -> &'static str + Copy + Send + 'static {
    let turn = move |before: Option<&Turn>| {
        track();
        let now = local();
        before.map_or_else(|| Turn::new(now), |turn| turn.changed(now))
    };
    // Who reads it is told of a glow, not of each change.
    let glowed = |before: Option<&Turn>, now: Option<&Turn>| before.map(number) != now.map(number);
    let turn = Memo::new_with_compare(turn, glowed);
    move || class(turn.with(number))
}

fn number(turn: &Turn) -> u32 {
    turn.number
}

/// The class of a turn. Two classes with the same animation take turns, so that each change starts it anew.
fn class(turn: u32) -> &'static str {
    match turn {
        0 => "",
        odd if odd % 2 == 1 => "glow-a",
        _ => "glow-b",
    }
}
