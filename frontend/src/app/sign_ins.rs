//! Where one is signed in, and ending that from here.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::api::SignIn;

use crate::agent::program;
use crate::api::{self, Failure};
use crate::duration::{Level, short};
use crate::text;
use crate::ui::badge;
use crate::ui::dialog::{head, modal};
use crate::ui::empty::skeleton;
use crate::ui::part::part;
use crate::ui::toast::Toasts;

/// One's own sessions as they are shown, and what it takes to change them.
#[derive(Clone, Copy)]
struct Own {
    told: RwSignal<Option<Result<Vec<SignIn>, Failure>>>,
    working: RwSignal<bool>,
    toasts: Toasts,
}

/// The dialog with one's own sessions.
pub(crate) fn sign_ins(open: RwSignal<bool>) -> AnyView {
    let close = move || open.set(false);
    let own =
        Own { told: RwSignal::new(None), working: RwSignal::new(false), toasts: expect_context::<Toasts>() };
    own.ask();
    let list = move || {
        own.told.with(|told| match told {
            None => skeleton(2),
            Some(Err(failure)) => badge::said(&failure.sentence()).into_any(),
            Some(Ok(all)) => {
                let rows: Vec<_> = all.iter().map(|one| row(one, own)).collect();
                view! { <ul class="sign-ins">{rows}</ul> }.into_any()
            }
        })
    };
    let others =
        move || own.others().then(|| view! { <div class="sheet-actions">{end_button(None, own)}</div> });
    let content = view! {
        <div class="card sheet-form plain">
            {head(view! { <h2>{text::SIGN_INS}</h2> }, close)}
            <p class="soft">{text::SIGN_INS_BODY}</p>
            {part(list)}
            {part(others)}
        </div>
    };
    modal("ask", text::SIGN_INS, "sign-ins-dialog", close, content.into_any()).into_any()
}

impl Own {
    fn ask(self) {
        spawn_local(async move {
            let answer = api::sign_ins().await;
            let _ = self.working.try_set(false);
            let _ = self.told.try_set(Some(answer));
        });
    }

    /// Whether there are others than this browser's. Tracks.
    fn others(self) -> bool {
        self.told.with(|told| matches!(told, Some(Ok(all)) if all.iter().any(|one| !one.current)))
    }

    /// Ends the session of this id, or all but this browser's.
    fn end(self, id: Option<String>) {
        if self.working.get_untracked() {
            return;
        }
        self.working.set(true);
        spawn_local(async move {
            let ended = match &id {
                Some(id) => api::end_sign_in(id).await,
                None => api::end_other_sign_ins().await,
            };
            match ended {
                Ok(()) => self.toasts.say(Level::Ok, text::SIGN_INS_ENDED.to_owned()),
                Err(failure) => self.toasts.say(Level::Warn, failure.sentence()),
            }
            self.ask();
        });
    }
}

fn row(one: &SignIn, own: Own) -> impl IntoView + use<> {
    let agent = if one.agent.trim().is_empty() { text::NO_AGENT.to_owned() } else { one.agent.clone() };
    let times = text::sign_in_row(&short(one.age_ms), &short(one.unused_ms), &short(one.left_ms));
    let end = match one.current {
        true => view! { <span class="chip">{text::THIS_BROWSER}</span> }.into_any(),
        false => end_button(Some(one.id.clone()), own).into_any(),
    };
    view! {
        <li class="sign-in-row" data-testid="sign-in-row" data-current=one.current.to_string()>
            <div class="grow">
                <p class="cut" title=agent.clone()>{program(&agent)}</p>
                <p class="soft"><span class="mono">{one.address.to_string()}</span> " · " {times}</p>
            </div>
            {end}
        </li>
    }
}

/// The button that ends one session, or all others.
fn end_button(id: Option<String>, own: Own) -> impl IntoView {
    let (words, testid) = match id {
        Some(_) => (text::END_SESSION, "end-session"),
        None => (text::END_OTHERS, "end-other-sessions"),
    };
    view! {
        <button
            type="button"
            class="button small"
            data-testid=testid
            aria-disabled=move || own.working.get().to_string()
            on:click=move |_| own.end(id.clone())
        >
            {words}
        </button>
    }
}
