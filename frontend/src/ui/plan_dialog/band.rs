//! The band above the plan: that it changed, that it cannot be done, that a proof is asked for, that the answer was lost.

use leptos::prelude::*;
use zooscope_protocol::RefusalCode;

use super::course::Stage;
use crate::duration::Level;
use crate::text;
use crate::ui::badge;
use crate::ui::prose::prose;
use crate::ui::prove::prove;

/// The band of a stage, if it has one. Tracks.
pub(super) fn band(
    stage: RwSignal<Stage>,
    look_again: impl Fn() + Copy + 'static,
    send: impl Fn() + Copy + 'static,
    force: impl Fn() + Copy + 'static,
) -> Option<AnyView> {
    let band = |level: Level, testid: &'static str, title: &'static str, body: String, more: AnyView| {
        view! {
            <div class=format!("band {}", badge::class(level)) role="alert" data-testid=testid>
                {badge::mark(level)}
                <div>
                    <p class="strong">{title}</p>
                    <p>{prose(&body)}</p>
                </div>
                {more}
            </div>
        }
        .into_any()
    };
    let again_with = move |words: &'static str| {
        view! {
            <button type="button" class="button" data-testid="plan-look-again" on:click=move |_| look_again()>
                {words}
            </button>
        }
        .into_any()
    };
    let again = move || again_with(text::LOOK_AGAIN);
    stage.with(|stage| match stage {
        Stage::Gone(_) => {
            let body = text::GONE_BODY.to_owned();
            Some(band(Level::Warn, "plan-changed", text::CHANGED_TITLE, body, again()))
        }
        Stage::Changed(_, new) => {
            let body = match new {
                Ok(_) => text::CHANGED_BODY.to_owned(),
                Err(failure) => failure.sentence(),
            };
            Some(band(Level::Warn, "plan-changed", text::CHANGED_TITLE, body, again()))
        }
        Stage::Refused(failure) if failure.code() == Some(RefusalCode::OwnerAlive) => {
            let buttons = view! {
                {again()}
                <button type="button" class="button" data-testid="plan-force" on:click=move |_| force()>
                    {text::BY_FORCE}
                </button>
            };
            let body = failure.sentence();
            Some(band(Level::Warn, "plan-refused", text::REFUSED_PLAN_TITLE, body, buttons.into_any()))
        }
        Stage::Refused(failure) => {
            Some(band(Level::Warn, "plan-refused", text::REFUSED_PLAN_TITLE, failure.sentence(), again()))
        }
        Stage::Held(_, failure) => {
            let button = again_with(text::GO_ON);
            Some(band(Level::Warn, "plan-held", text::HELD_TITLE, failure.sentence(), button))
        }
        Stage::Unproved(_) => {
            let view = view! {
                <div class="band watch wide" role="alert" data-testid="plan-prove">
                    {badge::mark(Level::Watch)}
                    <div>
                        <p class="strong">{text::PROVE_TITLE}</p>
                        <p>{text::PROVE_NOW}</p>
                        {prove(send)}
                    </div>
                </div>
            };
            Some(view.into_any())
        }
        Stage::Silent(_, failure) => {
            let button = view! {
                <button type="button" class="button" data-testid="plan-ask-again" on:click=move |_| send()>
                    {text::ASK_AGAIN}
                </button>
            };
            let body = format!("{} {}", failure.sentence(), text::OUTCOME_UNKNOWN_BODY);
            Some(band(Level::Critical, "plan-silent", text::OUTCOME_UNKNOWN, body, button.into_any()))
        }
        Stage::Planning | Stage::Ready(_) | Stage::Working(_) | Stage::Answered(_) => None,
    })
}
