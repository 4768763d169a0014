//! Everything that is wrong, the worst first, each in a sentence with its evidence.

use leptos::prelude::*;
use zooscope_protocol::finding::FindingCount;
use zooscope_protocol::{About, Content, Finding, View};

use super::deadlocks::session_link;
use super::list::{FIRST_ROWS, MOST_ROWS};
use crate::address::Address;
use crate::duration::grouped;
use crate::live::use_view;
use crate::route::{Page, Place};
use crate::text;
use crate::ui::badge::{self, level_of};
use crate::ui::each::each;
use crate::ui::empty::{empty, waiting};
use crate::ui::icon::Icon;
use crate::ui::part::part;
use crate::ui::path::path_text;
use crate::ui::prose::prose;

/// The place that shows the findings of one kind.
pub(super) fn findings_of(cluster: &str, code: &str) -> Place {
    Place::new(cluster, Page::Findings).with("code", code)
}

/// The page.
#[component]
pub(crate) fn Findings() -> impl IntoView {
    let address = expect_context::<Address>();
    let limit = RwSignal::new(FIRST_ROWS);
    let code = Memo::new(move |_| Some(address.query("code")).filter(|code| !code.is_empty()));
    let feed =
        use_view(move || Some((address.cluster(), View::Findings { code: code.get(), limit: limit.get() })));
    let rows = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Findings(list)) => list.rows.clone(),
            _ => Vec::new(),
        })
    });
    let counts = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Findings(list)) => Some((list.total, list.counts.clone())),
            _ => None,
        })
    });
    let state = Memo::new(move |_| (feed.is_ready(), rows.with(Vec::is_empty), code.with(Option::is_some)));
    let total = move || counts.with(|counts| counts.as_ref().map(|(_, counts)| sum(counts)));
    // Two findings may have the same words; a place in the list tells them apart.
    let keyed = move || {
        let mut seen = std::collections::HashMap::new();
        let key = |finding: Finding| {
            let nth = seen.entry(finding.clone()).and_modify(|nth| *nth += 1).or_insert(0_u32);
            (*nth, finding)
        };
        rows.get().into_iter().map(key).collect::<Vec<_>>()
    };
    let more = move || {
        let (shown, all) =
            (rows.with(Vec::len), counts.with(|counts| counts.as_ref().map_or(0, |(all, _)| *all)));
        (all as usize > shown && limit.get() < MOST_ROWS).then(|| {
            view! {
                <p class="footnote">
                    <button type="button" class="link" on:click=move |_| limit.update(|limit| *limit = (*limit * 3).min(MOST_ROWS))>
                        {text::SHOW_MORE} " " {text::and_more(all.saturating_sub(shown as u32))}
                    </button>
                </p>
            }
        })
    };
    let body = move || match state.get() {
        (false, ..) => waiting(feed, 8),
        (true, true, false) => empty(Icon::Check, text::NO_FINDINGS_TITLE, text::NO_FINDINGS_BODY),
        (true, true, true) => empty(Icon::Check, text::NOTHING_FOUND, text::NO_SUCH_FINDINGS_BODY),
        (true, false, _) => view! {
            <ul class="finding-list" aria-label=text::FINDINGS>
                {each(keyed, |(_, finding), _| row(&finding))}
            </ul>
            {part(more)}
        }
        .into_any(),
    };
    view! {
        <section class="page scrolls" aria-label=text::FINDINGS data-testid="findings-page">
            <header class="page-head">
                <h1>
                    {text::FINDINGS}
                    <span class="count num">{part(move || total().filter(|_| state.get().0).map(|total| grouped(u64::from(total))))}</span>
                </h1>
            </header>
            <div class="body">
                {part(move || counts.with(|counts| counts.as_ref().map(|(_, counts)| kinds(counts, code))))}
                {part(body)}
            </div>
        </section>
    }
}

fn sum(counts: &[FindingCount]) -> u32 {
    counts.iter().map(|count| count.count).sum()
}

/// The kinds that there are, to choose one.
fn kinds(counts: &[FindingCount], code: Memo<Option<String>>) -> impl IntoView + use<> {
    let address = expect_context::<Address>();
    let chip = move |to: String, words: String, level| {
        let this = (!to.is_empty()).then(|| to.clone());
        view! {
            <a
                class=format!("sign small {}", badge::class(level))
                href=move || findings_of(&address.cluster(), &to).href()
                aria-current=move || (code.get() == this).then_some("true")
            >
                {badge::mark(level)} <span>{words}</span>
            </a>
        }
    };
    let all = format!("{} {}", text::ALL, grouped(u64::from(sum(counts))));
    let each = counts
        .iter()
        .map(|count| {
            let words = text::finding_count(&count.code, count.count);
            chip(count.code.clone(), words, level_of(count.severity))
        })
        .collect_view();
    (!counts.is_empty() || code.with(Option::is_some)).then(|| {
        view! {
            <nav class="signs" aria-label=text::FINDING_KINDS>
                {chip(String::new(), all, crate::duration::Level::Ok)} {each}
            </nav>
        }
    })
}

/// One finding: how bad, the sentence, what it is about, what proves it.
pub(super) fn row(finding: &Finding) -> impl IntoView + use<> {
    let level = level_of(finding.severity);
    view! {
        <li class="finding-row" tabindex="-1" data-testid="finding-row" data-code=finding.code.clone()>
            {badge::word(level)}
            <div class="grow">
                <p class="about">{about(&finding.about)}</p>
                <p>{prose(&finding.sentence)}</p>
                {badge::evidence(&finding.members)}
            </div>
        </li>
    }
}

/// What it is about, as a way there.
fn about(about: &About) -> AnyView {
    let address = expect_context::<Address>();
    let link = |page: Page, path: &str, kind: Option<&'static str>| {
        let path = path_text(path);
        view! {
            <a class="link mono" href=move || address.href(page.clone())>{path}</a>
            {kind.map(|kind| view! { <span class="chip">{kind}</span> })}
        }
        .into_any()
    };
    match about {
        About::Lock(path) => link(Page::Lock(path.to_string()), path.as_str(), None),
        About::Queue(path) => link(Page::Queue(path.to_string()), path.as_str(), None),
        About::Directory(path) => {
            link(Page::Tree(Some(path.to_string())), path.as_str(), Some(text::NOT_A_LOCK))
        }
        About::Sessions(sessions) => {
            let links: Vec<_> = sessions.iter().map(|session| session_link(*session, None)).collect();
            view! { <span class="dots">{links}</span> }.into_any()
        }
    }
}
