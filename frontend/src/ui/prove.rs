//! Proving again who one is: with the password, or at the identity provider.

use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::AuthMode;
use zooscope_protocol::api::StepUp;

use crate::api;
use crate::text;
use crate::ui::badge;
use crate::ui::part::part;
use crate::who::Who;

/// The form; `done` is called when the proof was taken, or was given elsewhere as far as this page can know.
pub(crate) fn prove(done: impl Fn() + Copy + 'static) -> AnyView {
    let who = expect_context::<Who>();
    match who.session().map(|session| session.mode) {
        Some(AuthMode::Oidc) => elsewhere(done),
        _ => password(done),
    }
}

fn password(done: impl Fn() + Copy + 'static) -> AnyView {
    let who = expect_context::<Who>();
    let field = NodeRef::<Input>::new();
    let working = RwSignal::new(false);
    let said = RwSignal::new(None::<String>);
    let name = who.with(|session| session.name.clone()).unwrap_or_default();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let password = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        if password.is_empty() {
            said.set(Some(text::NEEDS_PASSWORD.to_owned()));
            return;
        }
        if working.get_untracked() {
            return;
        }
        working.set(true);
        spawn_local(async move {
            match api::step_up(&StepUp { password }).await {
                Ok(session) => {
                    who.know(session);
                    done();
                }
                Err(failure) => {
                    let _ = working.try_set(false);
                    let _ = said.try_set(Some(failure.sentence()));
                    if let Some(field) = field.try_get_untracked().flatten() {
                        field.set_value("");
                        let _ = field.focus();
                    }
                }
            }
        });
    };
    Effect::new(move || {
        if let Some(field) = field.get() {
            let _ = field.focus();
        }
    });
    let problem = move || said.get().map(|said| badge::said(&said));
    view! {
        <form class="prove" on:submit=submit data-testid="prove">
            // A password manager wants to know whose password it is.
            <input class="hidden-label" name="username" autocomplete="username" tabindex="-1" aria-hidden="true" aria-label=text::USER readonly=true prop:value=name/>
            <label>
                <span>{text::PASSWORD}</span>
                <input
                    node_ref=field
                    type="password"
                    name="password"
                    autocomplete="current-password"
                    required=true
                    data-testid="prove-password"
                />
            </label>
            <div role="alert">{part(problem)}</div>
            <button type="submit" class="button solid" data-testid="prove-execute" prop:disabled=move || working.get()>
                {text::PROVE_BUTTON}
            </button>
        </form>
    }
    .into_any()
}

/// The provider opens beside this page, so that what is being read stays.
fn elsewhere(done: impl Fn() + Copy + 'static) -> AnyView {
    view! {
        <div class="prove" data-testid="prove">
            <p class="soft">{text::PROVE_ELSEWHERE_BODY}</p>
            <div class="sheet-actions">
                <a class="button solid" href="/oidc/start?again=true&back=/" target="_blank" rel="noopener">
                    {text::PROVE_ELSEWHERE}
                </a>
                <button type="button" class="button" data-testid="prove-execute" on:click=move |_| done()>
                    {text::GO_ON}
                </button>
            </div>
        </div>
    }
    .into_any()
}
