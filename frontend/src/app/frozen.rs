//! The band over every screen while all actions are stopped, and the dialog that stops them or lets them go on.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::api::FreezeBody;

use crate::api;
use crate::later::{self, Piece};
use crate::may::hindrance_of;
use crate::text;
use crate::ui::badge;
use crate::ui::dialog::{head, modal};
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;
use crate::ui::prose::prose;
use crate::who::Who;

/// The shortest reason that the server takes.
const REASON_MIN: usize = 3;

/// What the dialog is open for: to stop all actions, or to let them go on.
pub(crate) type Switch = RwSignal<Option<bool>>;

/// Why the switch may not be set so by who is signed in; `None` where it may. Tracks.
pub(super) fn hindrance(on: bool) -> impl Fn() -> Option<String> + Copy + Send + Sync {
    hindrance_of(if on { "freeze" } else { "thaw" })
}

/// The band.
#[component]
pub(super) fn FrozenBand(switch: Switch) -> impl IntoView {
    let who = expect_context::<Who>();
    let hindrance = hindrance(false);
    let frozen = Memo::new(move |_| who.frozen());
    part(move || {
        frozen.get().map(|why| {
            view! {
                <div class="frozen" role="alert" data-testid="frozen">
                    {icon(Icon::Stop)}
                    <p class="grow">
                        <span class="strong">{text::FROZEN_TITLE}</span> " · " {prose(&why)}
                    </p>
                    <span class="action" title=hindrance>
                        <button
                            type="button"
                            class="button small"
                            data-testid="thaw-button"
                            prop:disabled=move || hindrance().is_some()
                            aria-description=hindrance
                            on:click=move |_| switch.set(Some(false))
                        >
                            {text::THAW}
                        </button>
                    </span>
                </div>
            }
        })
    })
}

/// The dialog.
#[component]
pub(super) fn FreezeDialog(switch: Switch) -> impl IntoView {
    let close = move || switch.set(None);
    part(move || switch.get().map(|on| later::dialog(Piece::Freeze(on, switch), close)))
}

/// What is in it.
pub(crate) fn freeze(on: bool, switch: Switch) -> AnyView {
    let who = expect_context::<Who>();
    let (title, body, label) = if on {
        (text::FREEZE_TITLE, text::FREEZE_BODY, text::FREEZE_BUTTON)
    } else {
        (text::THAW_TITLE, text::THAW_BODY, text::THAW_BUTTON)
    };
    let reason = RwSignal::new(String::new());
    let working = RwSignal::new(false);
    let said = RwSignal::new(None::<String>);
    let close = move || switch.set(None);
    let missing = move || reason.with(|reason| reason.trim().chars().count() < REASON_MIN);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if missing() || working.get_untracked() {
            return;
        }
        working.set(true);
        spawn_local(async move {
            let body = FreezeBody { on, reason: reason.get_untracked().trim().to_owned() };
            match api::freeze(&body).await {
                Ok(session) => {
                    who.know(session);
                    let _ = switch.try_set(None);
                }
                Err(failure) => {
                    let _ = working.try_set(false);
                    let _ = said.try_set(Some(failure.sentence()));
                }
            }
        });
    };
    let problem = move || said.get().map(|said| badge::said(&said));
    let content = view! {
        <form class="card sheet-form plain" on:submit=submit>
            {head(view! { <h2>{title}</h2> }, close)}
            <p class="soft">{body}</p>
            <label>
                <span>{text::REASON}</span>
                <textarea
                    rows="2"
                    maxlength="500"
                    required=true
                    autofocus=true
                    placeholder=text::FREEZE_REASON_HINT
                    data-testid="freeze-reason"
                    prop:value=move || reason.get()
                    on:input=move |event| reason.set(event_target_value(&event))
                ></textarea>
            </label>
            <div role="alert">{part(problem)}</div>
            <div class="sheet-actions">
                <button
                    type="submit"
                    class="button"
                    class:danger=on
                    data-testid="freeze-execute"
                    prop:disabled=move || missing() || working.get()
                >
                    {label}
                </button>
                <span class="soft" aria-live="polite">{part(move || missing().then_some(text::NEEDS_REASON))}</span>
            </div>
        </form>
    };
    modal("ask", title, "freeze-dialog", close, content.into_any()).into_any()
}
