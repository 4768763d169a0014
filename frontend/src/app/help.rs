//! The sheet of keys.

use leptos::prelude::*;

use crate::text;
use crate::ui::dialog::{head, modal};

/// The sheet; `open` is set while it is.
pub(crate) fn keys(open: RwSignal<bool>) -> AnyView {
    let row = |(key, what): (&'static str, &'static str)| {
        view! { <dt>{key.split_whitespace().map(|key| view! { <kbd>{key}</kbd> " " }).collect_view()}</dt><dd>{what}</dd> }
    };
    let content = view! {
        <div class="card">
            {head(view! { <h2>{text::KEYS_TITLE}</h2> }, move || open.set(false))}
            <dl class="keys">{text::KEYS.map(row)}</dl>
        </div>
    };
    modal("help", text::KEYS_TITLE, "keys-sheet", move || open.set(false), content.into_any()).into_any()
}
