//! What is wrong, first.

use leptos::prelude::*;
use zooscope_protocol::view::{Deadlock, Overview as Summary};
use zooscope_protocol::{Content, Finding, Lock, Queue, Severity, View, ZnodePath};

use super::deadlocks::deadlocks;
use super::findings::findings_of;
use super::{WAITING_LONG, lasting, lingering, recent, who};
use crate::address::Address;
use crate::duration::{Level, grouped, rate};
use crate::live::use_view;
use crate::route::{Page, Place};
use crate::text;
use crate::ui::badge;
use crate::ui::duration::since_at;
use crate::ui::each::each;
use crate::ui::empty::waiting;
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;
use crate::ui::path::path_text;
use crate::ui::sparkline::sparkline;

/// The page.
#[component]
pub(crate) fn Overview() -> impl IntoView {
    let address = expect_context::<Address>();
    let feed = use_view(move || Some((address.cluster(), View::Overview)));
    let summary = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Overview(overview)) => Some(overview.as_ref().clone()),
            _ => None,
        })
    });
    let ready = Memo::new(move |_| feed.is_ready());
    let circles = Memo::new(move |_| {
        summary.with(|summary| summary.as_ref().map(|summary| summary.deadlocks.clone()).unwrap_or_default())
    });
    let findings =
        Memo::new(move |_| summary.with(|summary| summary.as_ref().map(listed).unwrap_or_default()));
    let body = move || {
        if !ready.get() {
            return waiting(feed, 10);
        }
        view! {
            <div class="strip" data-testid="strip">{part(move || summary.with(|summary| summary.as_ref().map(strip)))}</div>
            {stuck(circles)}
            <div class="columns">
                <section class="section">
                    <header class="section-head">
                        <h2>{text::BLOCKING_MOST}</h2>
                        <a class="more link" href=move || address.href(Page::Locks)>{text::ALL_LOCKS}</a>
                    </header>
                    {blocking(summary)}
                </section>
                <section class="section">
                    <header class="section-head">
                        <h2>{text::QUEUES_OLDEST}</h2>
                        <a class="more link" href=move || address.href(Page::Queues)>{text::ALL_QUEUES}</a>
                    </header>
                    {oldest(summary)}
                </section>
            </div>
            {part(move || findings.with(|findings| found(findings)))}
        }
        .into_any()
    };
    view! {
        <section class="page scrolls" aria-label=text::OVERVIEW>
            <header class="page-head"><h1>{text::OVERVIEW}</h1></header>
            <div class="body">
                {part(body)}
                {recent::recent(text::JUST_HAPPENED, ZnodePath::root(), 10)}
            </div>
        </section>
    }
}

/// What is wrong in a few words each, and that the rest is well.
fn strip(summary: &Summary) -> impl IntoView + use<> {
    let address = expect_context::<Address>();
    let cluster = address.cluster();
    let mut signs = Vec::new();
    let mut sign = |level: Level, place: Place, words: String| {
        signs.push(view! {
            <a class=format!("sign {}", badge::class(level)) href=place.href() data-testid="sign">
                {badge::mark(level)} <span>{words}</span> {icon(Icon::Chevron)}
            </a>
        });
    };
    if !summary.deadlocks.is_empty() {
        let words = text::many(summary.deadlocks.len() as u64, "deadlock", "deadlocks");
        sign(Level::Critical, Place::new(&cluster, Page::Waits), words);
    }
    // What is only worth knowing is in the list, not in the headline; deadlocks have their own.
    let headlines = summary.finding_counts.iter().filter(|count| {
        count.severity > Severity::Info && (count.code != "deadlock" || summary.deadlocks.is_empty())
    });
    for count in headlines {
        let words = text::finding_count(&count.code, count.count);
        sign(badge::level_of(count.severity), findings_of(&cluster, &count.code), words);
    }
    let well = if signs.is_empty() { text::ALL_WELL } else { text::ALL_ELSE_WELL };
    let counts = [
        text::many(u64::from(summary.locks), "lock", "locks"),
        format!("{} contended", grouped(u64::from(summary.contended))),
        text::blocked(summary.blocked),
        text::many(u64::from(summary.queues), "queue", "queues"),
        text::many(summary.items, "item", "items"),
    ];
    view! {
        {signs}
        <span class="soft">{well}</span>
        <span class="spring"></span>
        <span class="dots quiet num">{counts.map(|words| view! { <span>{words}</span> })}</span>
    }
}

/// The circles, where there are some.
fn stuck(circles: Memo<Vec<Deadlock>>) -> impl IntoView {
    let address = expect_context::<Address>();
    let any = Memo::new(move |_| circles.with(|circles| !circles.is_empty()));
    part(move || {
        any.get().then(|| {
            view! {
                <section class="section">
                    <header class="section-head">
                        <h2>{text::DEADLOCKS}</h2>
                        <a class="more link" href=move || address.href(Page::Waits)>{text::SEE_WAITS}</a>
                    </header>
                    {deadlocks(circles)}
                </section>
            }
        })
    })
}

fn blocking(summary: Memo<Option<Summary>>) -> impl IntoView {
    let paths = move || {
        let path = |lock: &Lock| lock.path.to_string();
        summary.with(|summary| {
            summary
                .as_ref()
                .map(|summary| summary.top_locks.iter().map(path).collect::<Vec<_>>())
                .unwrap_or_default()
        })
    };
    let paths = Memo::new(move |_| paths());
    let row = move |path: String| {
        let address = expect_context::<Address>();
        let at = path.clone();
        let lock = Memo::new(move |before: Option<&Option<Lock>>| {
            let now = summary.with(|summary| {
                summary.as_ref()?.top_locks.iter().find(|lock| lock.path.as_str() == at).cloned()
            });
            now.or_else(|| before.cloned().flatten())
        });
        let to = path.clone();
        let holder = move || {
            lock.with(|lock| {
                lock.as_ref().map(|lock| lock.holders.first().map_or_else(|| text::FREE.to_owned(), who))
            })
        };
        let blocked = move || {
            lock.with(|lock| lock.as_ref().map(|lock| grouped(u64::from(lock.behind.max(lock.blocked)))))
        };
        let hint = move || {
            lock.with(|lock| lock.as_ref().map(|lock| text::waiting_and_behind(lock.blocked, lock.behind)))
        };
        view! {
            <li>
                <a class="line tall" href=move || address.href(Page::Lock(to.clone()))>
                    {part(move || lock.with(|lock| badge::mark(lock.as_ref().map_or(Level::Ok, |lock| badge::worst(&lock.findings)))))}
                    <span class="mono grow">{path_text(&path)}</span>
                    <span class="soft cut by">{part(holder)}</span>
                    {since_at(move || lock.with(|lock| lock.as_ref()?.waiting_since), move || lasting(lock, WAITING_LONG))}
                    <span class="num tail" title=hint>"⟵ " {part(blocked)}</span>
                </a>
            </li>
        }
    };
    view! {
        <ul class="lines">{each(move || paths.get(), move |path, _| row(path))}</ul>
        {part(move || paths.with(Vec::is_empty).then(|| view! { <p class="quiet footnote">{text::NOTHING_BLOCKED}</p> }))}
    }
}

fn oldest(summary: Memo<Option<Summary>>) -> impl IntoView {
    let paths = move || {
        let path = |queue: &Queue| queue.path.to_string();
        summary.with(|summary| {
            summary
                .as_ref()
                .map(|summary| summary.top_queues.iter().map(path).collect::<Vec<_>>())
                .unwrap_or_default()
        })
    };
    let paths = Memo::new(move |_| paths());
    let row = move |path: String| {
        let address = expect_context::<Address>();
        let at = path.clone();
        let queue = Memo::new(move |before: Option<&Option<Queue>>| {
            let now = summary.with(|summary| {
                summary.as_ref()?.top_queues.iter().find(|queue| queue.path.as_str() == at).cloned()
            });
            now.or_else(|| before.cloned().flatten())
        });
        let to = path.clone();
        let read = move |what: fn(&Queue) -> String| {
            Signal::derive(move || queue.with(|queue| queue.as_ref().map(what).unwrap_or_default()))
        };
        view! {
            <li>
                <a class="line tall" href=move || address.href(Page::Queue(to.clone()))>
                    {part(move || queue.with(|queue| badge::mark(queue.as_ref().map_or(Level::Ok, |queue| badge::worst(&queue.findings)))))}
                    <span class="mono grow">{path_text(&path)}</span>
                    <span class="num strong depth">{read(|queue| grouped(u64::from(queue.depth)))}</span>
                    {sparkline(move || queue.with(|queue| queue.as_ref().map(|queue| queue.trend.clone()).unwrap_or_default()))}
                    {since_at(move || queue.with(|queue| queue.as_ref()?.oldest), move || lingering(queue))}
                    <span class="num quiet rates">
                        {read(|queue| format!("in {}/s", rate(queue.in_rate)))} " " {read(|queue| format!("out {}/s", rate(queue.out_rate)))}
                    </span>
                </a>
            </li>
        }
    };
    view! {
        <ul class="lines">{each(move || paths.get(), move |path, _| row(path))}</ul>
        {part(move || paths.with(Vec::is_empty).then(|| view! { <p class="quiet footnote">{text::NO_ITEMS_WAIT}</p> }))}
    }
}

/// The findings but for the deadlocks, which stand above in their own section.
fn listed(summary: &Summary) -> Vec<Finding> {
    summary.findings.iter().filter(|finding| finding.code != "deadlock").cloned().collect()
}

/// The worst of what is wrong.
fn found(findings: &[Finding]) -> impl IntoView + use<> {
    let address = expect_context::<Address>();
    (!findings.is_empty()).then(|| {
        view! {
            <section class="section">
                <header class="section-head">
                    <h2>{text::FINDINGS}</h2>
                    <a class="more link" href=move || address.href(Page::Findings)>{text::ALL_FINDINGS}</a>
                </header>
                <ul class="finding-list">{findings.iter().map(super::findings::row).collect_view()}</ul>
            </section>
        }
    })
}
