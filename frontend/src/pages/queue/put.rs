//! A test item is put in.

use leptos::prelude::*;
use zooscope_protocol::action::{Due, Put};
use zooscope_protocol::{Action, Bytes, QueueKind};

use super::desk::Desk;
use super::menu::{after, local_time};
use crate::address::Address;
use crate::review::Reviews;
use crate::text;
use crate::ui::dialog::{head, modal};
use crate::ui::field::segments;
use crate::ui::part::part;

/// The button that opens the dialog.
pub(super) fn put_button(desk: Desk) -> impl IntoView {
    let why = Memo::new(move |_| desk.hindrance("put"));
    view! {
        <span class="action" title=move || why.get()>
            <button
                type="button"
                class="button small"
                data-testid="put-button"
                prop:disabled=move || why.with(Option::is_some)
                aria-description=move || why.get()
                on:click=move |_| desk.putting.set(true)
            >
                {text::PUT}
            </button>
        </span>
    }
}

/// The dialog, while it is open.
pub(super) fn put_dialog(desk: Desk) -> impl IntoView {
    move || desk.putting.get().then(|| untrack(|| dialog(desk)))
}

fn dialog(desk: Desk) -> AnyView {
    let reviews = expect_context::<Reviews>();
    let address = expect_context::<Address>();
    let close = move || desk.putting.set(false);
    let (data, base64) = (RwSignal::new(String::new()), RwSignal::new(false));
    let (priority, time, id) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (has_priority, has_time) = (desk.has_priorities(), desk.has_times());
    let has_id = desk.queue.with(|queue| queue.as_ref().is_some_and(|queue| queue.kind == QueueKind::Id));
    let put = move || {
        let bytes = data.with(|data| {
            if base64.get() {
                let joined: String = data.split_whitespace().collect();
                serde_json::from_value::<Bytes>(joined.into()).map_err(|_| text::NOT_BASE64)
            } else {
                Ok(Bytes(data.clone().into_bytes()))
            }
        })?;
        if bytes.0.len() > Put::MAX_DATA {
            return Err(text::TOO_MUCH_DATA);
        }
        let priority = match priority.with(|typed| typed.trim().to_owned()) {
            typed if typed.is_empty() => None,
            typed => Some(typed.parse::<i32>().map_err(|_| text::NO_NUMBER)?),
        };
        let id = Some(id.with(|typed| typed.trim().to_owned())).filter(|id| !id.is_empty());
        if has_id && id.is_none() {
            return Err(text::NEEDS_ID);
        }
        let not_before = time.with(|typed| local_time(typed)).map(Due::At);
        Ok(Put { queue: desk.path.get_value(), data: bytes, priority, not_before, id })
    };
    let why = Memo::new(move |_| put().err());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if let (Ok(put), Some(here)) = (untrack(put), address.here()) {
            close();
            let queue = put.queue.clone();
            after(move || reviews.begin(&here.cluster, &queue, Action::Put(put), None));
        }
    };
    let field = |label: &'static str, kind: &'static str, testid: &'static str, value: RwSignal<String>| {
        view! {
            <label>
                <span>{label}</span>
                <input
                    type=kind
                    autocomplete="off"
                    data-testid=testid
                    prop:value=move || value.get()
                    on:input=move |event| value.set(event_target_value(&event))
                />
            </label>
        }
    };
    let formats = vec![(false, text::PUT_TEXT), (true, text::PUT_BASE64)];
    let path = desk.path.with_value(ToString::to_string);
    let content = view! {
        <form class="card sheet-form plain" on:submit=submit>
            {head(view! { <h2>{text::PUT_TITLE}</h2> <p class="mono soft">{path}</p> }, close)}
            <p class="soft">{text::PUT_BODY}</p>
            {segments(text::FORMAT, formats, move || base64.get(), move |chosen| base64.set(chosen))}
            <label>
                <span>{text::DATA}</span>
                <textarea
                    rows="5"
                    class="mono"
                    spellcheck="false"
                    data-testid="put-data"
                    prop:value=move || data.get()
                    on:input=move |event| data.set(event_target_value(&event))
                ></textarea>
            </label>
            {has_id.then(|| field(text::PUT_ID, "text", "put-id", id))}
            {has_priority.then(|| field(text::NEW_PRIORITY, "number", "put-priority", priority))}
            {has_time.then(|| field(text::NEW_TIME, "datetime-local", "put-time", time))}
            <div class="sheet-actions">
                <button type="submit" class="button solid" data-testid="put-review" prop:disabled=move || why.with(Option::is_some)>
                    {text::PUT_NEXT}
                </button>
                <span class="soft" aria-live="polite">{part(move || why.get())}</span>
            </div>
        </form>
    };
    modal("ask", text::PUT_TITLE, "put-dialog", close, content.into_any()).into_any()
}
