//! That something changed, where what it is now does not matter.

use leptos::prelude::*;

/// How often what `track` tracks has changed.
pub(crate) fn turns(track: impl Fn() + Send + Sync + 'static) -> Memo<u32> {
    Memo::new(move |before: Option<&u32>| {
        track();
        before.map_or(0, |turn| turn.wrapping_add(1))
    })
}
