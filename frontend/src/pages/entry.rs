//! One action of the audit log: all that was written down of it.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::action::Restore;
use zooscope_protocol::api::{AuditAction, AuditEntry, AuditImage};
use zooscope_protocol::{Action, Plan, ZnodePath};

use super::audit::outcome;
use super::data::data;
use crate::address::Address;
use crate::api::{self, Failure};
use crate::bytes::visible_text;
use crate::duration::{self, size};
use crate::live::Cluster;
use crate::may::May;
use crate::review::Reviews;
use crate::route::{Page, Place};
use crate::text;
use crate::time::zone;
use crate::ui::copy::CopyButton;
use crate::ui::duration::absolute;
use crate::ui::empty::{notice, skeleton};
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;
use crate::ui::path::path_links;
use crate::ui::plan_parts::clauses;
use crate::ui::prose::prose;

/// How often an action that is not over is asked for again.
const EVERY: Duration = Duration::from_secs(2);

/// The page of the action with this id; `back` leads to the list that it stands beside, `close` goes there.
pub(super) fn entry_page(
    id: String,
    back: impl Fn() -> Option<String> + Send + Sync + Copy + 'static,
    close: impl Fn() + Copy + 'static,
) -> AnyView {
    let action = RwSignal::new(None::<Result<AuditAction, Failure>>);
    let wanted = StoredValue::new(id.clone());
    let load = move || {
        spawn_local(async move {
            let Some(id) = wanted.try_get_value() else { return };
            let answer = api::audit_action(&id).await;
            let _ = action.try_set(Some(answer));
        });
    };
    load();
    let look = move || {
        let is_over = |action: &AuditAction| {
            action
                .lines
                .iter()
                .any(|line| line.outcome.as_deref().is_some_and(|outcome| outcome != "unknown"))
        };
        if !action.with_untracked(|action| matches!(action, Some(Ok(action)) if is_over(action))) {
            load();
        }
    };
    if let Ok(timer) = set_interval_with_handle(look, EVERY) {
        on_cleanup(move || timer.clear());
    }
    let title = move || {
        action.with(|action| match action {
            Some(Ok(action)) => action.lines.last().map(|line| visible_text(&text::entry_title(line))),
            _ => None,
        })
    };
    // An answer that is the same again draws nothing anew.
    let told = Memo::new(move |_| action.get());
    let body = move || match told.get() {
        None => skeleton(8),
        Some(Err(failure)) => notice(text::NO_ENTRY_TITLE, failure.sentence()),
        Some(Ok(action)) => whole(&action).into_any(),
    };
    let (value, label) = (id.clone(), id.clone());
    view! {
        <section class="page scrolls" aria-label=label data-testid="entry-page" data-id=id>
            <header class="page-head">
                <a class="back-link icon-button" href=back aria-label=text::BACK>{icon(Icon::Back)}</a>
                <h1 class="path-title">{title}</h1>
                <span class="spring"></span>
                <button type="button" class="icon-button" aria-label=text::CLOSE title=text::CLOSE data-key="Escape" on:click=move |_| close()>
                    {icon(Icon::Close)}
                </button>
                <p class="dots soft"><span class="mono">{value.clone()} <CopyButton value=value what=text::THE_ID/></span></p>
            </header>
            <div class="body entry-body">{part(body)}</div>
        </section>
    }
    .into_any()
}

fn whole(action: &AuditAction) -> impl IntoView + use<> {
    let plan = action.lines.iter().find_map(|line| line.plan.clone());
    let plan = plan.map(|plan| {
        let shown = match serde_json::from_value::<Plan>(plan.clone()) {
            Ok(plan) => clauses(&plan).into_any(),
            // Another version wrote it.
            Err(_) => {
                let json = serde_json::to_string_pretty(&plan).unwrap_or_default();
                view! { <pre class="data" tabindex="0">{json}</pre> }.into_any()
            }
        };
        view! {
            <section class="section">
                <header class="section-head"><h2>{text::PLAN_TITLE}</h2></header>
                {shown}
            </section>
        }
    });
    let images = (!action.images.is_empty()).then(|| {
        view! {
            <section class="section">
                <header class="section-head">
                    <h2>{text::IMAGES_TITLE}</h2>
                    {restore(action)}
                </header>
                {action.images.iter().map(image).collect_view()}
            </section>
        }
    });
    view! {
        {action.lines.last().map(facts)}
        {images}
        {plan}
        <section class="section">
            <header class="section-head"><h2>{text::LINES_TITLE}</h2> <span class="quiet">{text::LINES_HINT}</span></header>
            <ol class="audit-lines">{action.lines.iter().map(line).collect_view()}</ol>
        </section>
    }
}

/// The button that makes again what was deleted, where it was done and something of it is kept that no session owned.
fn restore(action: &AuditAction) -> Option<impl IntoView + use<>> {
    let entry = action.lines.iter().find(|line| line.outcome.as_deref() == Some("done"))?;
    let image = action.images.iter().find(|image| image.stat.owner().is_none())?;
    let (reviews, address) = (expect_context::<Reviews>(), expect_context::<Address>());
    let (cluster, may) = (expect_context::<Cluster>(), expect_context::<May>());
    let (at, path) = (entry.cluster.clone(), image.path.clone());
    let (subject, audit_id) = (path.parent().unwrap_or_else(ZnodePath::root), entry.audit_id.clone());
    let elsewhere = at.clone();
    let why = Memo::new(move |_| {
        let here = address.cluster();
        if here != elsewhere {
            return Some(text::restore_elsewhere(&elsewhere));
        }
        cluster.hindrance.get().or_else(|| may.hindrance(&here, path.as_str(), "restore"))
    });
    let press = move |_| {
        let action = Action::Restore(Restore { audit_id: audit_id.clone() });
        reviews.begin(&at, &subject, action, None);
    };
    Some(view! {
        <span class="action" title=move || why.get().unwrap_or_else(|| text::RESTORE_HINT.to_owned())>
            <button
                type="button"
                class="button small"
                data-testid="restore-button"
                prop:disabled=move || why.with(Option::is_some)
                aria-description=move || why.get()
                on:click=press
            >
                {text::RESTORE}
            </button>
        </span>
    })
}

/// Who, when, why, and which znode.
fn facts(entry: &AuditEntry) -> impl IntoView + use<> {
    let address = expect_context::<Address>();
    let row = |name: &'static str, value: Option<String>| {
        value.filter(|value| !value.is_empty()).map(|value| {
            view! { <dt>{name}</dt><dd class="mono">{visible_text(&value)}</dd> }
        })
    };
    let who = entry.who.clone();
    let by = move || Place::new(&address.cluster(), Page::Audit(None)).with("who", &who).href();
    let cluster = if entry.cluster == "*" { text::EVERY_CLUSTER.to_owned() } else { entry.cluster.clone() };
    let identity = entry.identity.map(|identity| {
        let session = identity.session.map(|session| format!(" · session {session}")).unwrap_or_default();
        let words = format!("czxid {} · version {}{session}", identity.czxid, identity.version);
        view! { <dt>{text::SEEN_AS}</dt><dd class="mono">{words}</dd> }
    });
    let detail =
        entry.detail.clone().map(|detail| view! { <dd class="prose">{prose(&visible_text(&detail))}</dd> });
    let reason = entry.reason.clone().map(|reason| {
        view! { <dt>{text::WHY}</dt><dd class="prose" data-testid="entry-reason">{visible_text(&reason)}</dd> }
    });
    view! {
        <dl class="facts entry-facts">
            <dt>{text::OUTCOME}</dt>
            <dd>{outcome(entry)}</dd>
            {detail}
            <dt>{text::WHEN}</dt>
            <dd>{absolute(entry.at)}</dd>
            <dt>{text::WHO}</dt>
            <dd><a class="link" href=by>{visible_text(&entry.who)}</a></dd>
            {row(text::ROLE, entry.role.map(|role| role.to_string()))}
            {row(text::ADDRESS, entry.address.map(|address| address.to_string()))}
            {row(text::SUBJECT, Some(entry.subject.clone()))}
            {reason}
            {row(text::TICKET, entry.ticket.clone())}
            <dt>{text::CLUSTER}</dt>
            <dd>{cluster}</dd>
            {entry.path.as_deref().map(|path| view! { <dt>{text::PATH}</dt><dd>{path_links(path)}</dd> })}
            {identity}
            {entry.created.as_deref().map(|path| view! { <dt>{text::CREATED}</dt><dd>{path_links(path)}</dd> })}
        </dl>
    }
}

/// A znode as it was before it was deleted.
fn image(image: &AuditImage) -> impl IntoView + use<> {
    let bytes = image.data.0.clone();
    let stat = &image.stat;
    let stat = format!(
        "czxid {} · mzxid {} · version {} · {}",
        stat.czxid,
        stat.mzxid,
        stat.version,
        size(u64::try_from(stat.data_length).unwrap_or_default())
    );
    let grant = |entry: &zooscope_protocol::AclEntry| {
        let raw = format!("{}:{}", entry.scheme, entry.id);
        view! { <dt title=raw>{text::grantee(&entry.scheme, &entry.id)}</dt><dd>{text::permissions(entry.permissions)}</dd> }
    };
    let shown = if image.masked {
        view! { <p class="footnote">{text::DATA_MASKED}</p> }.into_any()
    } else {
        let cut = image.truncated.then(|| view! { <p class="footnote">{text::DATA_CUT}</p> });
        view! { {data(move || bytes.clone())} {cut} }.into_any()
    };
    view! {
        <div class="image" data-testid="entry-image" data-path=image.path.to_string()>
            <p>{path_links(image.path.as_str())}</p>
            <p class="soft mono">{stat}</p>
            {shown}
            <dl class="facts">{image.acl.iter().map(grant).collect_view()}</dl>
        </div>
    }
}

/// One line of the log.
fn line(entry: &AuditEntry) -> impl IntoView + use<> {
    let outcome = entry.outcome.is_some().then(|| outcome(entry));
    let hash = entry.hash.clone();
    view! {
        <li>
            <span class="num quiet">{entry.seq.to_string()}</span>
            <time class="mono" title=absolute(entry.at)>{duration::moment(entry.at.0, zone(entry.at))}</time>
            <span class="grow">{text::audit_phase(entry.phase)} " " {outcome}</span>
            <span class="hash mono quiet" title=hash.clone()>{hash.clone()}</span>
            <CopyButton value=hash what=text::THE_HASH/>
        </li>
    }
}
