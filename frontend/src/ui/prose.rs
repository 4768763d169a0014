//! Sentences of the server, in which what a program would read stands between backticks.

use leptos::prelude::*;

/// A sentence with its code set as code.
pub(crate) fn prose(sentence: &str) -> impl IntoView + use<> {
    let part = |(at, part): (usize, &str)| {
        let part = part.to_owned();
        if at % 2 == 1 { view! { <code>{part}</code> }.into_any() } else { part.into_any() }
    };
    sentence.split('`').enumerate().map(part).collect_view()
}
