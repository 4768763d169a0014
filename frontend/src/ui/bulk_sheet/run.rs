//! What is being done to many: how far it is, and what came of each.

use leptos::prelude::*;
use zooscope_protocol::bulk::{BulkOutcome, BulkResult, BulkState};

use crate::address::Address;
use crate::bulk::{Bulks, Run};
use crate::bytes::visible_text;
use crate::duration::{Level, grouped};
use crate::route::Page;
use crate::text;
use crate::ui::badge;
use crate::ui::dialog::{head, modal};
use crate::ui::part::part;
use crate::ui::path::path_text;
use crate::ui::prose::prose;

/// How many results are in the page, those that are not done first.
const SHOWN: usize = 300;

/// The sheet of a bulk that was begun.
pub(super) fn run(digest: String) -> AnyView {
    let bulks = expect_context::<Bulks>();
    let close = move || bulks.close();
    let (at, known) = (digest.clone(), bulks.run(&digest));
    let Some(known) = known else { return ().into_any() };
    let run = Memo::new(move |_| bulks.run(&at));
    let title = text::bulk_title(&known.progress.action);
    let path = known.progress.subject.to_string();
    let count = known.progress.count;
    let done = move || {
        run.with(|run| run.as_ref().map_or(0, |run| run.progress.count.saturating_sub(run.progress.left)))
    };
    let state = Memo::new(move |_| run.with(|run| run.as_ref().map(|run| run.progress.state)));
    let name = move || state.get().map(text::bulk_state_name);
    let because = move || {
        run.with(|run| {
            let run = run.as_ref()?;
            let words = run.silent.clone().or_else(|| run.progress.because.clone())?;
            Some(view! { <p class="warn" role="alert" data-testid="bulk-because">{prose(&words)}</p> })
        })
    };
    let number = move |read: fn(&Run) -> u32| {
        Signal::derive(move || run.with(|run| run.as_ref().map(|run| grouped(u64::from(read(run))))))
    };
    let figure = move |name: &'static str, testid: &'static str, read: fn(&Run) -> u32| {
        let value = number(read);
        view! { <div class="figure"><dt>{name}</dt><dd class="num" data-testid=testid>{value}</dd></div> }
    };
    let over = Memo::new(move |_| run.with(|run| run.as_ref().is_none_or(|run| run.progress.is_over())));
    let actions = move || {
        if over.get() {
            return view! {
                <button type="button" class="button" data-testid="bulk-close" on:click=move |_| close()>
                    {text::CLOSE}
                </button>
            }
            .into_any();
        }
        let stopping = move || state.get() == Some(BulkState::Stopping);
        let press = move |_| {
            if let Some(run) = run.get_untracked() {
                bulks.stop(&run);
            }
        };
        view! {
            <button type="button" class="button" data-testid="bulk-stop" prop:disabled=stopping on:click=press>
                {part(move || if stopping() { text::BULK_STOPPING } else { text::BULK_STOP })}
            </button>
            <span class="soft">{text::BULK_GOES_ON}</span>
        }
        .into_any()
    };
    let list = move || run.with(|run| run.as_ref().map(|run| results(&run.results)));
    let content = view! {
        <div class="sheet-body" data-action="bulk">
            {head(view! { <h2>{title}</h2> <p class="mono soft">{path_text(&path)}</p> }, close)}
            <section class="bulk-progress" data-testid="bulk-progress" data-state=name>
                <p class="strong" role="status">{part(move || state.get().map(text::bulk_state))}</p>
                <progress max=count.to_string() prop:value=move || f64::from(done()) aria-label=title></progress>
                <dl class="figures">
                    {figure(text::BULK_DONE, "bulk-done", |run| run.progress.done)}
                    {figure(text::BULK_CHANGED, "bulk-changed", |run| run.progress.changed)}
                    {figure(text::BULK_FAILED, "bulk-failed", |run| run.progress.failed)}
                    {figure(text::BULK_UNKNOWN, "bulk-unknown", |run| run.progress.unknown)}
                    {figure(text::BULK_TO_DO, "bulk-to-do", |run| run.progress.left)}
                </dl>
                {part(because)}
                <div class="sheet-actions">{part(actions)}</div>
            </section>
            <section class="sheet-part">
                <h3>{text::BULK_RESULTS}</h3>
                {part(list)}
            </section>
        </div>
    };
    modal("sheet", title, "bulk-dialog", close, content.into_any()).into_any()
}

fn results(results: &[BulkResult]) -> impl IntoView + use<> {
    let not_done = results.iter().filter(|result| result.outcome != BulkOutcome::Done);
    let done = results.iter().filter(|result| result.outcome == BulkOutcome::Done);
    let rows: Vec<_> = not_done.chain(done).take(SHOWN).map(row).collect();
    let cut = (results.len() > SHOWN)
        .then(|| view! { <p class="footnote">{text::shown_of(SHOWN, results.len() as u32)}</p> });
    view! { <ul class="bulk-results">{rows}</ul> {cut} }
}

fn row(result: &BulkResult) -> impl IntoView + use<> {
    let address = expect_context::<Address>();
    let level = match result.outcome {
        BulkOutcome::Done => Level::Ok,
        BulkOutcome::Changed => Level::Watch,
        BulkOutcome::Failed => Level::Warn,
        BulkOutcome::Unknown => Level::Critical,
    };
    let entry = result.audit_id.clone().map(|id| {
        let href = address.href(Page::Audit(Some(id)));
        view! { <a class="link" href=href>{text::AUDIT}</a> }
    });
    let path = result.path.to_string();
    view! {
        <li data-testid="bulk-result" data-path=path>
            {badge::mark(level)}
            <span class="mono cut" title=result.path.to_string()>{visible_text(result.path.name())}</span>
            <span class="grow soft">
                {text::bulk_outcome(result.outcome)}
                {result.detail.clone().map(|detail| view! { ": " {prose(&detail)} })}
            </span>
            {entry}
        </li>
    }
}
