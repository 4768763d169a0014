//! What was done with the console, the newest first: who, what, why, and what came of it.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::api::{AuditEntry, AuditPage};

use super::beside;
use crate::address::Address;
use crate::api::{self, Failure};
use crate::bytes::visible_text;
use crate::duration::{self, Level};
use crate::live::Live;
use crate::route::{Page, encode};
use crate::text;
use crate::time::zone;
use crate::ui::badge;
use crate::ui::duration::absolute;
use crate::ui::empty::{empty, notice, skeleton};
use crate::ui::field::{FilterField, segments};
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;
use crate::ui::path::path_text;
use crate::ui::virtual_rows::{ListHandle, ListKind, cut, virtual_rows};

/// How many rows are asked for at once.
const ROWS: u32 = 200;
/// How often the newest are asked for.
const EVERY: Duration = Duration::from_secs(4);
/// The keys of the address that are filters of the API of the same name.
const FILTERS: [&str; 5] = ["q", "who", "kind", "outcome", "path"];

/// What was read so far.
#[derive(Clone, Debug, Default)]
struct Log {
    /// The newest first.
    entries: Vec<AuditEntry>,
    /// The filters that they pass.
    filters: String,
    /// After which older ones come.
    next: Option<u64>,
    /// Whether an answer came.
    ready: bool,
    /// Whether older ones are being asked for.
    growing: bool,
    failure: Option<String>,
}

/// What there is to show.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Failed(String),
    /// Nothing was ever done.
    Nothing,
    /// Nothing passes the filters.
    NoMatch,
    Rows,
}

/// What an answer is to what was read before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// All that there is to show.
    Whole,
    /// The newest.
    Newest,
    /// What is older than the oldest that was read.
    Older,
}

impl Log {
    fn take(&mut self, part: Part, answer: Result<AuditPage, Failure>) {
        self.growing &= part != Part::Older;
        let page = match answer {
            Ok(page) => page,
            Err(failure) => {
                self.failure = Some(failure.sentence());
                return;
            }
        };
        (self.ready, self.failure) = (true, None);
        match (part, page.next) {
            (Part::Older, next) => {
                self.entries.extend(page.items);
                self.next = next;
            }
            (Part::Newest, Some(next)) => {
                let older = std::mem::take(&mut self.entries).into_iter().filter(|entry| {
                    entry.seq < next && !page.items.iter().any(|newer| newer.audit_id == entry.audit_id)
                });
                let older: Vec<_> = older.collect();
                // Where nothing is left of what was read, the next older page follows the newest.
                self.next = if older.is_empty() { Some(next) } else { self.next };
                self.entries = page.items.into_iter().chain(older).collect();
            }
            (_, next) => (self.entries, self.next) = (page.items, next),
        }
    }

    fn entry(&self, seq: u64) -> Option<&AuditEntry> {
        let at = self.entries.partition_point(|entry| entry.seq > seq);
        self.entries.get(at).filter(|entry| entry.seq == seq)
    }
}

/// The list, with one action beside it when one is chosen.
#[component]
pub(crate) fn Audit() -> impl IntoView {
    let address = expect_context::<Address>();
    let chosen = Memo::new(move |_| match address.place()?.page {
        Page::Audit(id) => id,
        _ => None,
    });
    let close = move || {
        if let Some(place) = beside(address, Page::Audit(None)) {
            address.go(place);
        }
    };
    let back = move || beside(address, Page::Audit(None)).map(|place| place.href());
    view! {
        <div class="split" class:open=move || chosen.get().is_some()>
            <List chosen/>
            {part(move || chosen.get().map(|id| super::entry::entry_page(id, back, close)))}
        </div>
    }
}

#[component]
fn List(chosen: Memo<Option<String>>) -> impl IntoView {
    let address = expect_context::<Address>();
    let filters = Memo::new(move |_| filters(address));
    let log = RwSignal::new(Log::default());
    let load = move |part: Part| {
        let wanted = filters.get_untracked();
        let after = (part == Part::Older).then(|| log.with_untracked(|log| log.next)).flatten();
        spawn_local(async move {
            let answer = api::audit(&wanted, after, ROWS).await;
            // What was asked for with other filters, or by a page that is gone, is nothing to show.
            if filters.try_get_untracked().as_ref() == Some(&wanted) {
                let _ = log.try_update(|log| {
                    log.take(part, answer);
                    log.filters = wanted;
                });
            }
        });
    };
    Effect::new(move || {
        filters.track();
        load(Part::Whole);
    });
    let look = move || {
        if !document().hidden() {
            load(if log.with_untracked(|log| log.ready) { Part::Newest } else { Part::Whole });
        }
    };
    if let Ok(timer) = set_interval_with_handle(look, EVERY) {
        on_cleanup(move || timer.clear());
    }

    let keys =
        Memo::new(move |_| log.with(|log| log.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>()));
    let handle = ListHandle::new();
    let ordered = handle.hold(keys, move || log.with(|log| log.filters.clone()));
    let count = Memo::new(move |_| ordered.with(|order| order.keys.len()));
    Effect::new(move || {
        let near_end = handle.range.get().end + 50 > count.get();
        let more = log.with(|log| log.next.is_some() && !log.growing && log.failure.is_none());
        if near_end && more {
            log.update(|log| log.growing = true);
            load(Part::Older);
        }
    });

    let kind = ListKind { role: "grid", class: "t-audit", label: text::AUDIT, one_line: false };
    let several = several_clusters();
    let row = move |seq: u64, place: Signal<usize>| row(log, seq, place, chosen, several);
    // The list is drawn anew only where it turns into something else.
    let state = Memo::new(move |_| {
        let unfiltered = filters.with(String::is_empty);
        log.with(|log| match (log.entries.is_empty(), &log.failure) {
            (false, _) => State::Rows,
            (true, Some(why)) => State::Failed(why.clone()),
            (true, None) if !log.ready => State::Waiting,
            (true, None) if unfiltered => State::Nothing,
            (true, None) => State::NoMatch,
        })
    });
    let list = move || match state.get() {
        State::Failed(why) => notice(text::AUDIT_FAILED_TITLE, why),
        State::Waiting => skeleton(12),
        State::Nothing => empty(Icon::Audit, text::NO_AUDIT_TITLE, text::NO_AUDIT_BODY),
        State::NoMatch => empty(Icon::Search, text::NOTHING_FOUND, text::NO_AUDIT_MATCH_BODY),
        State::Rows => {
            let slice = move |range| ordered.with(|order| cut(&order.keys, range));
            virtual_rows(handle, kind, head(several), count, slice, row).into_any()
        }
    };
    let failure = move || {
        let why = log.with(|log| log.failure.clone().filter(|_| !log.entries.is_empty()));
        why.map(
            |why| view! { <p class="footnote warn" role="status">{text::AUDIT_FAILED_TITLE} ". " {why}</p> },
        )
    };
    view! {
        <section class="page" aria-label=text::AUDIT data-testid="audit-page">
            <header class="page-head audit-head">
                <h1>{text::AUDIT}</h1>
                <span class="spring"></span>
                <FilterField hint=text::FILTER_AUDIT label=text::FILTER_AUDIT_LABEL/>
                {narrowing(address, several)}
                {exports(filters)}
            </header>
            {part(list)}
            {part(failure)}
        </section>
    }
}

/// The filters beside the text, and those that the address brought.
fn narrowing(address: Address, several: bool) -> impl IntoView {
    let outcome = move || {
        let wanted = address.query("outcome");
        text::OUTCOMES.iter().map(|(key, _)| *key).find(|key| *key == wanted).unwrap_or_default()
    };
    let kinds = move || {
        let wanted = address.query("kind");
        let known = text::AUDIT_KINDS.iter().any(|(kind, _)| *kind == wanted);
        let other = (!known && !wanted.is_empty()).then(|| (wanted.clone(), text::audit_kind(&wanted)));
        let all = text::AUDIT_KINDS.iter().map(|(kind, words)| ((*kind).to_owned(), (*words).to_owned()));
        let option = move |(kind, words): (String, String)| {
            let selected = kind == wanted;
            view! { <option value=kind selected=selected>{words}</option> }
        };
        let any = (String::new(), text::ANY_KIND.to_owned());
        std::iter::once(any).chain(other).chain(all).map(option).collect_view()
    };
    let day = move |key: &'static str, label: &'static str| {
        view! {
            <label class="day">
                <span class="quiet">{label}</span>
                <input
                    type="date"
                    data-testid=format!("audit-{key}")
                    prop:value=move || address.query(key)
                    on:change=move |event| address.set_query(key, &event_target_value(&event))
                />
            </label>
        }
    };
    let here = move || address.query("scope") == "here";
    let scope = several.then(|| {
        let name = move || address.cluster();
        view! {
            <label class="scope"><input type="checkbox" prop:checked=here
                on:change=move |event| address.set_query("scope", if event_target_checked(&event) { "here" } else { "" })/>
                {name}</label>
        }
    });
    let chips = move || {
        let chip = move |key: &'static str| {
            let value = address.query(key);
            (!value.is_empty()).then(|| {
                view! {
                    <button type="button" class="button small" title=text::without(key) data-testid=format!("audit-chip-{key}")
                        on:click=move |_| address.set_query(key, "")>
                        {format!("{key}: {}", visible_text(&value))} {icon(Icon::Close)}
                    </button>
                }
            })
        };
        ["who", "path"].map(chip).into_iter().flatten().collect_view()
    };
    view! {
        <div class="audit-filters">
            {segments(text::OUTCOME, text::OUTCOMES.to_vec(), outcome, move |key| address.set_query("outcome", key))}
            <select aria-label=text::KIND data-testid="audit-kind"
                on:change=move |event| address.set_query("kind", &event_target_value(&event))>
                {part(kinds)}
            </select>
            {day("from", text::FROM)} {day("to", text::UNTIL)} {scope} {part(chips)}
        </div>
    }
}

/// The ways to take what is shown away as a file.
fn exports(filters: Memo<String>) -> impl IntoView {
    let link = move |format: &'static str, name: &'static str| {
        let href = move || filters.with(|filters| api::audit_export(format, filters));
        view! { <a class="segment" href=href download="" data-testid=format!("export-{format}")>{name}</a> }
    };
    view! {
        <div class="segments exports" role="group" aria-label=text::EXPORT title=text::EXPORT_HINT>
            {link("csv", "CSV")} {link("json", "JSON")} {link("ndjson", "NDJSON")}
        </div>
    }
}

/// The filters of the address as those of the API, each with `&` before it.
fn filters(address: Address) -> String {
    let mut text = String::new();
    let mut add = |key: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("&{key}={}", encode(value, true)));
        }
    };
    for key in FILTERS {
        add(key, address.query(key).trim());
    }
    if address.query("scope") == "here" {
        add("cluster", &address.cluster());
    }
    // A day is the operator's own, and the last one counts whole.
    for (key, days) in [("from", 0), ("to", 1)] {
        add(key, &midnight(&address.query(key), days).unwrap_or_default());
    }
    text
}

/// When a day begins here, or that many days later, in UTC.
fn midnight(day: &str, later: u32) -> Option<String> {
    if day.is_empty() {
        return None;
    }
    let date = js_sys::Date::new(&format!("{day}T00:00:00").into());
    date.set_date(date.get_date() + later);
    (!date.get_time().is_nan()).then(|| date.to_iso_string().into())
}

fn several_clusters() -> bool {
    let live = expect_context::<Live>();
    live.server.with_untracked(|server| server.as_ref().is_some_and(|server| server.clusters.len() > 1))
}

fn head(several: bool) -> AnyView {
    view! {
        <div class="row head" class:several=several role="row" aria-rowindex="1">
            <span class="c-when" role="columnheader">{text::WHEN}</span>
            <span class="c-who" role="columnheader">{text::WHO}</span>
            {several.then(|| view! { <span class="c-cluster" role="columnheader">{text::CLUSTER}</span> })}
            <span class="c-kind" role="columnheader">{text::WHAT}</span>
            <span class="c-path" role="columnheader">{text::PATH}</span>
            <span class="c-why" role="columnheader">{text::WHY}</span>
            <span class="c-outcome" role="columnheader">{text::OUTCOME}</span>
        </div>
    }
    .into_any()
}

/// How bad an outcome is.
pub(super) fn level(entry: &AuditEntry) -> Level {
    match entry.outcome.as_deref() {
        Some("done" | "refused") => Level::Ok,
        Some("unknown") => Level::Warn,
        _ => Level::Watch,
    }
}

/// An outcome as an icon and a word.
pub(super) fn outcome(entry: &AuditEntry) -> impl IntoView + use<> {
    let level = level(entry);
    view! {
        <span class=format!("word {}", badge::class(level))>{badge::mark(level)} {text::outcome_word(entry)}</span>
    }
}

fn row(
    log: RwSignal<Log>,
    seq: u64,
    place: Signal<usize>,
    chosen: Memo<Option<String>>,
    several: bool,
) -> AnyView {
    let address = expect_context::<Address>();
    // A line never changes, so it is read once.
    let Some(entry) = log.with_untracked(|log| log.entry(seq).cloned()) else { return ().into_any() };
    let to = entry.audit_id.clone();
    let open = move || {
        if let Some(place) = beside(address, Page::Audit(Some(to.clone()))) {
            address.go(place);
        }
    };
    let open_by_key = open.clone();
    let this = entry.audit_id.clone();
    let is_chosen = Memo::new(move |_| chosen.with(|chosen| chosen.as_deref() == Some(&this)));
    let why = entry.reason.clone().or_else(|| entry.detail.clone()).unwrap_or_default();
    let why = visible_text(why.lines().next().unwrap_or_default());
    let ticket = entry.ticket.as_deref().map(|ticket| {
        view! { <span class="ticket mono">{visible_text(ticket)}</span> " " }
    });
    let role = entry.role.map(|role| role.to_string());
    // To the second; the whole moment shows when it is pointed at.
    let when = duration::moment(entry.at.0, zone(entry.at));
    let when = when.split('.').next().unwrap_or_default().to_owned();
    view! {
        <div
            class="row"
            class:chosen=is_chosen
            class:several=several
            role="row"
            tabindex="0"
            data-row=""
            data-testid="audit-row"
            data-id=entry.audit_id.clone()
            data-outcome=text::outcome_word(&entry)
            aria-rowindex=move || (place.get() + 2).to_string()
            aria-selected=move || is_chosen.get().to_string()
            on:click=move |_| open()
            on:keydown=move |event| {
                if event.key() == "Enter" {
                    open_by_key();
                }
            }
        >
            <span class="c-when mono quiet" role="gridcell" title=absolute(entry.at)>{when}</span>
            <span class="c-who" role="gridcell" title=role>{visible_text(&entry.who)}</span>
            {several.then(|| view! { <span class="c-cluster soft" role="gridcell">{entry.cluster.clone()}</span> })}
            <span class="c-kind" role="gridcell"><span class="kind">{text::audit_kind(&entry.kind)}</span></span>
            <span class="c-path mono" role="gridcell">{entry.path.as_deref().map(path_text)}</span>
            <span class="c-why soft" role="gridcell"><span class="cut" title=why.clone()>{ticket} {why.clone()}</span></span>
            <span class="c-outcome" role="gridcell">{outcome(&entry)}</span>
        </div>
    }
    .into_any()
}
