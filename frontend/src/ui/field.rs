//! A filter that is a part of the address.

use leptos::prelude::*;

use crate::address::Address;
use crate::text;
use crate::ui::icon::{Icon, icon};

/// A field whose text is the query value `q` of the address. `/` leads to it, `Esc` empties and leaves it.
#[component]
pub(crate) fn FilterField(
    /// What it filters by, shown while it is empty.
    hint: &'static str,
    /// Its name for those who do not see it.
    label: &'static str,
) -> impl IntoView {
    let address = expect_context::<Address>();
    let input = NodeRef::<leptos::html::Input>::new();
    let value = Memo::new(move |_| address.query("q"));
    let leave = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            address.set_query("q", "");
            if let Some(input) = input.get() {
                let _ = input.blur();
            }
        }
    };
    view! {
        <label class="field">
            {icon(Icon::Search)} <span class="hidden-label">{label}</span>
            <input
                node_ref=input
                type="search"
                placeholder=hint
                autocomplete="off"
                spellcheck="false"
                data-key="/"
                data-testid="filter"
                prop:value=move || value.get()
                on:input=move |event| address.set_query("q", &event_target_value(&event))
                on:keydown=leave
            /> <kbd title=text::FILTER_KEY>"/"</kbd>
        </label>
    }
}

/// A choice of one of a few, as buttons in a row.
pub(crate) fn segments<T: Copy + PartialEq + Send + Sync + 'static>(
    label: &'static str,
    options: Vec<(T, &'static str)>,
    chosen: impl Fn() -> T + Copy + Send + Sync + 'static,
    choose: impl Fn(T) + Copy + 'static,
) -> impl IntoView {
    let button = move |(value, name): (T, &'static str)| {
        view! {
            <button
                type="button"
                class="segment"
                aria-pressed=move || (chosen() == value).to_string()
                on:click=move |_| choose(value)
            >
                {name}
            </button>
        }
    };
    view! {
        <div class="segments" role="group" aria-label=label>
            {options.into_iter().map(button).collect_view()}
        </div>
    }
}
