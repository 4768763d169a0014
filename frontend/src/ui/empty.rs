//! What a panel shows while it has nothing to show.

use leptos::prelude::*;

use crate::address::Address;
use crate::health::Health;
use crate::live::{Cluster, Feed};
use crate::route::Page;
use crate::text;
use crate::ui::icon::{Icon, sized};
use crate::ui::part::part;

/// Why there is nothing, and what to do.
pub(crate) fn empty(which: Icon, title: impl Into<String>, body: impl Into<String>) -> AnyView {
    let (title, body) = (title.into(), body.into());
    view! {
        <div class="empty" data-testid="empty">
            {sized(which, "28")}
            <p class="strong">{title}</p>
            <p class="soft">{body}</p>
        </div>
    }
    .into_any()
}

/// Nothing fits the filter, which is this value of the address and can be emptied here too.
pub(crate) fn no_match(key: &'static str) -> AnyView {
    let address = expect_context::<Address>();
    view! {
        <div class="empty" data-testid="empty">
            {sized(Icon::Search, "28")}
            <p class="strong">{text::NOTHING_FOUND}</p>
            <p class="soft">{text::NO_MATCH_BODY}</p>
            <button type="button" class="button" data-testid="clear-filter" on:click=move |_| address.set_query(key, "")>
                {text::CLEAR_FILTER}
            </button>
        </div>
    }
    .into_any()
}

/// The same as [`empty`], with a way to where something can be done about it.
pub(crate) fn empty_with(
    which: Icon,
    title: &'static str,
    body: &'static str,
    page: Page,
    words: &'static str,
) -> AnyView {
    let address = expect_context::<Address>();
    view! {
        <div class="empty" data-testid="empty">
            {sized(which, "28")}
            <p class="strong">{title}</p>
            <p class="soft">{body}</p>
            <a class="link" href=move || address.href(page.clone())>{words}</a>
        </div>
    }
    .into_any()
}

/// Rows that stand where rows will be.
pub(crate) fn skeleton(rows: usize) -> AnyView {
    let row = |index: usize| {
        let class = ["bone wide", "bone", "bone narrow"][index % 3];
        view! { <div class="skeleton-row"><span class=class></span><span class="bone narrow"></span></div> }
    };
    view! {
        <div class="skeleton" aria-busy="true" aria-label=text::LOADING role="status">
            {(0..rows).map(row).collect_view()}
        </div>
    }
    .into_any()
}

/// Something failed: what was tried, what to try.
pub(crate) fn notice(title: impl Into<String>, body: impl Into<String>) -> AnyView {
    let (title, body) = (title.into(), body.into());
    view! {
        <div class="empty" role="alert" data-testid="notice">
            <span class="mark warn">{sized(Icon::Warn, "28")}</span>
            <p class="strong">{title}</p>
            <p class="soft">{body}</p>
        </div>
    }
    .into_any()
}

/// What stands in for a view without content: why it was refused, what the cluster is doing, or the bones of the view.
pub(crate) fn waiting(feed: Feed, rows: usize) -> AnyView {
    waiting_for(move || feed.refused(), rows)
}

/// The same for what is not one view.
pub(crate) fn waiting_for(
    refused: impl Fn() -> Option<String> + Send + Sync + 'static,
    rows: usize,
) -> AnyView {
    let cluster = expect_context::<Cluster>();
    view! {
        {part(move || {
            if let Some(why) = refused() {
                return notice(text::REFUSED_TITLE, why);
            }
            match cluster.health.get() {
                Health::Failed(why) => notice(text::FAILED_TITLE, why),
                Health::Scanning(read, expected) => scanning(read, expected),
                Health::Reaching => empty(Icon::Search, text::REACHING_TITLE, text::REACHING_BODY),
                _ => skeleton(rows),
            }
        })}
    }
    .into_any()
}

/// How far the first scan is.
fn scanning(read: u64, expected: u64) -> AnyView {
    let share = if expected == 0 { 0.0 } else { (read as f64 / expected as f64).min(1.0) * 100.0 };
    view! {
        <div class="empty" data-testid="scanning">
            {sized(Icon::Search, "28")}
            <p class="strong">{text::SCANNING_TITLE}</p>
            <div class="meter" role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow=format!("{share:.0}")>
                <span style:width=format!("{share:.1}%")></span>
            </div>
            <p class="soft num">{text::scanned(read, expected)}</p>
        </div>
    }
    .into_any()
}
