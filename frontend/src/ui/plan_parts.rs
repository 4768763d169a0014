//! The parts of the review sheet that only show.

use leptos::prelude::*;
use zooscope_protocol::action::{Executed, Identity};
use zooscope_protocol::{Clause, Outcome, Plan};

use crate::address::Address;
use crate::duration::{Level, UNKNOWN};
use crate::route::Page;
use crate::text;
use crate::ui::badge;
use crate::ui::copy::CopyButton;
use crate::ui::duration::{absolute, since};
use crate::ui::prose::prose;
use crate::ui::several::excluded;

/// What the operator saw beside what is true now, with what differs marked.
pub(crate) fn identities(seen: &Identity, now: Option<&Identity>) -> impl IntoView + use<> {
    identities_between(seen, now, text::SEEN)
}

/// The same for what was seen at another time than now, which `then` says in words.
pub(crate) fn identities_between(
    seen: &Identity,
    now: Option<&Identity>,
    then: &'static str,
) -> impl IntoView + use<> {
    let session =
        |identity: &Identity| identity.session.map_or_else(|| text::NONE.to_owned(), |id| id.to_string());
    type Field = (&'static str, fn(&Identity) -> String);
    let fields: [Field; 4] = [
        ("path", |identity| identity.path.to_string()),
        ("czxid", |identity| identity.czxid.to_string()),
        ("version", |identity| identity.version.to_string()),
        ("data", |identity| identity.identity.clone().unwrap_or_else(|| UNKNOWN.to_owned())),
    ];
    let row = |name: &'static str, before: String, after: Option<String>| {
        let differs = after.as_ref().is_some_and(|after| *after != before);
        view! {
            <tr class:differs=differs>
                <th scope="row">{name}</th>
                <td>{before}</td>
                <td>{after.unwrap_or_else(|| UNKNOWN.to_owned())}</td>
            </tr>
        }
    };
    let mut rows = vec![row("session", session(seen), now.map(session))];
    let has_data = seen.identity.is_some() || now.is_some_and(|now| now.identity.is_some());
    let fields = fields.into_iter().filter(|(name, _)| has_data || *name != "data");
    rows.extend(fields.map(|(name, read)| row(name, read(seen), now.map(read))));
    rows.swap(0, 1);
    let created = seen.created;
    view! {
        <table class="identities mono">
            <thead>
                <tr>
                    <td></td>
                    <th scope="col">{then}</th>
                    <th scope="col">{text::NOW}</th>
                </tr>
            </thead>
            <tbody>
                {rows}
                <tr>
                    <th scope="row">"age"</th>
                    <td title=absolute(created)>{since(move || Some(created))}</td>
                    <td>{now.map(|now| { let at = now.created; since(move || Some(at)) })}</td>
                </tr>
            </tbody>
        </table>
    }
}

/// The effects, warnings and steps of a plan, what it leaves alone, and its guards.
pub(crate) fn clauses(plan: &Plan) -> impl IntoView + use<> {
    let steps: Vec<_> = plan
        .steps
        .iter()
        .map(|step| {
            let (verb, rest) = text::step(step);
            view! { <li><span class="verb">{verb}</span> <span class="mono">{rest}</span></li> }
        })
        .collect();
    view! {
        <section class="sheet-part">
            <h3>{text::EFFECTS}</h3>
            {sentences(&plan.effects, "effects", None)}
        </section>
        {(!plan.warnings.is_empty()).then(|| view! {
            <section class="sheet-part">
                <h3>{text::WARNINGS}</h3>
                {sentences(&plan.warnings, "warnings", Some(Level::Warn))}
            </section>
        })}
        {excluded(&plan.excluded)}
        <section class="sheet-part">
            <h3>{text::STEPS}</h3>
            <ol class="steps">{steps}</ol>
        </section>
        {(!plan.guards.is_empty()).then(|| view! {
            <section class="sheet-part">
                <h3>{text::GUARDS}</h3>
                {sentences(&plan.guards, "guards", None)}
            </section>
        })}
    }
}

/// Sentences, each with the mark of a level where there is one.
pub(crate) fn sentences(
    clauses: &[Clause],
    class: &'static str,
    level: Option<Level>,
) -> impl IntoView + use<> {
    let rows: Vec<_> = clauses
        .iter()
        .map(|clause| {
            view! { <li data-code=clause.code.clone()>{level.map(badge::mark)} <span>{prose(&clause.sentence)}</span></li> }
        })
        .collect();
    view! { <ul class=format!("sentences {class}")>{rows}</ul> }
}

/// What came of it.
pub(crate) fn outcome(executed: &Executed) -> impl IntoView + use<> {
    let address = expect_context::<Address>();
    let (level, title) = match executed.outcome {
        Outcome::Done if executed.gone == Some(false) => (Level::Watch, text::OUTCOME_DONE),
        Outcome::Done => (Level::Ok, text::OUTCOME_DONE),
        Outcome::Refused => (Level::Warn, text::OUTCOME_REFUSED),
        Outcome::Unknown => (Level::Critical, text::OUTCOME_UNKNOWN),
    };
    let body = match (&executed.refusal, executed.outcome) {
        (Some(refusal), _) => Some(refusal.detail.clone()),
        (None, Outcome::Unknown) => Some(text::OUTCOME_UNKNOWN_BODY.to_owned()),
        (None, _) => None,
    };
    let gone = executed.gone.map(|gone| {
        let words = if gone { text::LET_GO } else { text::STILL_HOLDS };
        view! { <p data-testid="plan-gone" data-gone=gone.to_string()>{words}</p> }
    });
    let created = executed.created.clone().map(|path| {
        let to = path.to_string();
        let href = address.href(Page::Tree(Some(to.clone())));
        view! { <dt>{text::CREATED}</dt><dd class="mono"><a class="link" href=href>{to}</a></dd> }
    });
    let entry = address.href(Page::Audit(Some(executed.audit_id.clone())));
    let json = serde_json::to_string_pretty(executed).unwrap_or_default();
    let name = match executed.outcome {
        Outcome::Done => "done",
        Outcome::Refused => "refused",
        Outcome::Unknown => "unknown",
    };
    view! {
        <div class=format!("outcome {}", badge::class(level)) data-testid="plan-outcome" data-outcome=name role="status">
            <p class="outcome-title">{badge::mark(level)} <span class="strong">{title}</span></p>
            {body.map(|body| view! { <p>{prose(&body)}</p> })}
            {gone}
            <dl class="facts">
                <dt>{text::AUDIT_ID}</dt>
                <dd class="mono">
                    <a class="link" href=entry data-testid="audit-id">{executed.audit_id.clone()}</a>
                </dd>
                {created}
                <dt>{text::REVISION}</dt>
                <dd class="mono">{executed.revision.to_string()}</dd>
                <dt>{text::COPY_JSON}</dt>
                <dd><CopyButton value=json what=text::AS_JSON/></dd>
            </dl>
        </div>
    }
}
