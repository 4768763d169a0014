//! A dialog of the browser: it keeps the focus inside, gives it back, and closes with `Esc`.

use leptos::html::{Dialog as DialogElement, Textarea};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::text;
use crate::ui::icon::{Icon, icon};

/// A modal dialog that lives as long as its component; `close` is called when the operator closes it.
pub(crate) fn modal(
    class: &'static str,
    label: &'static str,
    testid: &'static str,
    close: impl Fn() + Copy + 'static,
    content: AnyView,
) -> impl IntoView {
    let dialog = NodeRef::<DialogElement>::new();
    // A dialog that is taken out of the page, not closed, does not give the focus back by itself.
    let before = StoredValue::new_local(document().active_element());
    on_cleanup(move || {
        let before = before.try_get_value().flatten();
        // Not before the dialog is gone: until then nothing behind it takes the focus.
        request_animation_frame(move || give_back(before));
    });
    Effect::new(move || {
        if let Some(dialog) = dialog.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    // A press on the veil is a press on the dialog itself, not on what is in it.
    let pressed = move |event: web_sys::MouseEvent| {
        let on_veil = dialog.get_untracked().is_some_and(|dialog| {
            let place = dialog.get_bounding_client_rect();
            let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
            let inside =
                (place.left()..=place.right()).contains(&x) && (place.top()..=place.bottom()).contains(&y);
            // A key that presses a button reports the place 0, 0.
            !inside && event.detail() > 0
        });
        if on_veil {
            close();
        }
    };
    view! {
        <dialog
            class=class
            aria-label=label
            data-testid=testid
            node_ref=dialog
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                close();
            }
            on:click=pressed
        >
            {content}
        </dialog>
    }
}

/// What is at the top of a dialog: what it is, and the way out.
pub(crate) fn head(title: impl IntoView + 'static, close: impl Fn() + 'static) -> AnyView {
    drawn_head(title.into_any(), Box::new(close))
}

/// In the program once, whatever the title is.
fn drawn_head(title: AnyView, close: Box<dyn Fn()>) -> AnyView {
    view! {
        <header class="sheet-head">
            <div>{title}</div>
            <button
                type="button"
                class="icon-button"
                aria-label=text::CLOSE
                title=text::CLOSE
                on:click=move |_| close()
            >
                {icon(Icon::Close)}
            </button>
        </header>
    }
    .into_any()
}

/// Gives the focus to the first field of a form that came into a dialog after it was opened, without leaving what is to be read
/// first. On a touch screen the keyboard would cover that, so there the focus stays.
pub(crate) fn focus_when_there(field: NodeRef<Textarea>) {
    let touch = window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|query| query.matches());
    Effect::new(move || {
        if let Some(field) = field.get().filter(|_| !touch) {
            request_animation_frame(move || {
                let options = web_sys::FocusOptions::new();
                options.set_prevent_scroll(true);
                let _ = field.focus_with_options(&options);
            });
        }
    });
}

/// Gives the focus to what had it before a dialog, or to the screen where that is gone: the action may have taken it away.
fn give_back(before: Option<web_sys::Element>) {
    let remains =
        before.filter(|element| element.is_connected()).or_else(|| document().get_element_by_id("main"));
    // A dialog that took the place of another keeps what it has.
    let taken = document().query_selector("dialog[open]").is_ok_and(|dialog| dialog.is_some());
    if let Some(element) =
        remains.filter(|_| !taken).and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
    {
        let _ = element.focus();
    }
}
