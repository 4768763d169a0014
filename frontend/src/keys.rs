//! The keyboard: what single keys do while nobody types.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::address::Address;
use crate::prefs::Theme;
use crate::route::Page;

/// Listens for as long as the page lives. `help` opens the sheet of keys.
pub(crate) fn listen(address: Address, help: RwSignal<bool>, theme: RwSignal<Theme>) {
    let leading = StoredValue::new(false);
    let _ = window_event_listener(leptos::ev::keydown, move |event| {
        let with_modifier = event.ctrl_key() || event.meta_key() || event.alt_key();
        if event.default_prevented() || with_modifier || is_typing(&event) || is_modal() {
            leading.set_value(false);
            return;
        }
        let after_g = leading.try_update_value(|leading| std::mem::replace(leading, false)).unwrap_or(false);
        let key = event.key();
        let done = match (after_g, key.as_str()) {
            (true, key) => go(address, key),
            (false, "g") => {
                leading.set_value(true);
                true
            }
            (false, "j") => step(true),
            (false, "k") => step(false),
            (false, "?") => {
                help.set(true);
                true
            }
            (false, "t") => {
                theme.update(|theme| *theme = theme.next());
                true
            }
            (false, ".") => act(),
            (false, "/") => press("/"),
            (false, "Escape") => press("Escape"),
            (false, " ") => !is_on_control(&event) && press("Space"),
            _ => false,
        };
        if done {
            event.prevent_default();
        }
    });
}

fn go(address: Address, key: &str) -> bool {
    let page = match key {
        "o" => Page::Overview,
        "l" => Page::Locks,
        "q" => Page::Queues,
        "w" => Page::Waits,
        "s" => Page::Sessions,
        "f" => Page::Findings,
        "r" => Page::Recipes,
        "t" => Page::Tree(None),
        "e" => Page::Events,
        "p" => Page::Approvals,
        "a" => Page::Audit(None),
        _ => return false,
    };
    address.open(page);
    true
}

/// Whether the key is a letter of a text.
fn is_typing(event: &web_sys::KeyboardEvent) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    element
        .is_some_and(|element| element.matches("input, textarea, select, [contenteditable]").unwrap_or(false))
}

/// Whether the key presses the control that has the focus.
fn is_on_control(event: &web_sys::KeyboardEvent) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    element.is_some_and(|element| element.matches("button, a, [role=treeitem]").unwrap_or(false))
}

/// Whether a dialog is open: then the screen behind it hears nothing.
fn is_modal() -> bool {
    find("dialog[open]").is_some()
}

fn find(selector: &str) -> Option<web_sys::HtmlElement> {
    document().query_selector(selector).ok().flatten()?.dyn_into().ok()
}

/// Moves the focus to the next or the previous row of the list.
fn step(forward: bool) -> bool {
    let here = document().active_element().and_then(|element| element.closest("[data-row]").ok().flatten());
    let next = match &here {
        Some(row) if forward => row.next_element_sibling(),
        Some(row) => row.previous_element_sibling(),
        None => find("[data-row]").map(Into::into),
    };
    match next.and_then(|row| row.dyn_into::<web_sys::HtmlElement>().ok()) {
        Some(row) => row.focus().is_ok(),
        None => here.is_some(),
    }
}

/// Presses the button of the row that has the focus, or else the page's own.
fn act() -> bool {
    let row = document().active_element().and_then(|element| element.closest("[data-row]").ok().flatten());
    let button = row.and_then(|row| row.query_selector("[data-key='.']").ok().flatten());
    match button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
        Some(button) => {
            button.click();
            true
        }
        None => press("."),
    }
}

/// Focuses the field or presses the button that asked for this key.
fn press(key: &str) -> bool {
    let Some(element) = find(&format!("[data-key='{key}']")) else { return false };
    if let Some(input) = element.dyn_ref::<web_sys::HtmlInputElement>() {
        let _ = input.focus();
        input.select();
    } else {
        element.click();
    }
    true
}
