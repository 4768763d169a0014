//! The way to every screen, with how much there is in it.

use leptos::prelude::*;
use zooscope_protocol::view::Overview;
use zooscope_protocol::{Content, View};

use super::Screen;
use crate::address::Address;
use crate::duration::{Level, grouped};
use crate::health::Health;
use crate::live::{Cluster, Live, use_view};
use crate::route::Page;
use crate::text;
use crate::ui::badge;
use crate::ui::icon::{Icon, icon, sized};
use crate::ui::part::part;
use crate::who::Who;

/// What stands behind the name of a screen: how much, how bad, and the same in a sentence where it is worth one.
type Count = Option<(String, Level, Option<String>)>;

/// The rail; on a narrow screen a bar of five, the last of which shows the others.
#[component]
pub(super) fn Rail() -> impl IntoView {
    let address = expect_context::<Address>();
    let live = expect_context::<Live>();
    let cluster = expect_context::<Cluster>();
    let who = expect_context::<Who>();
    let feed = use_view(move || {
        let name = address.cluster();
        (!name.is_empty()).then_some((name, View::Overview))
    });
    let count = move |read: fn(&Overview) -> Count| {
        Memo::new(move |_| {
            if !feed.is_ready() {
                return None;
            }
            feed.with(|content| match content {
                Some(Content::Overview(overview)) => read(overview),
                _ => None,
            })
        })
    };
    let locks = count(|overview| Some((grouped(u64::from(overview.locks)), Level::Ok, None)));
    let queues = count(|overview| Some((grouped(u64::from(overview.queues)), Level::Ok, None)));
    let deadlocks = count(|overview| match overview.deadlocks.len() {
        0 => None,
        count => {
            let words = format!("{count}!");
            let hint = text::deadlock_badge(&words);
            Some((words, Level::Critical, Some(hint)))
        }
    });
    let requests = Memo::new(move |_| match who.waiting() {
        0 => None,
        count => Some((count.to_string(), Level::Watch, Some(text::waiting_badge(count)))),
    });
    let none = count(|_| None);
    let here = Memo::new(move |_| address.place().map(|place| Screen::of(&place.page)));
    let more = RwSignal::new(false);
    Effect::new(move || {
        here.track();
        more.set(false);
    });
    let item = move |screen: Screen, page: Page, which: Icon, name: &'static str, count: Memo<Count>| {
        let badge = move || {
            count.get().map(|(words, level, hint)| {
                let title = hint.clone();
                view! {
                    <span class=format!("rail-count {}", badge::class(level)) title=title>
                        {words} {hint.map(|hint| view! { <span class="hidden-label">{hint}</span> })}
                    </span>
                }
            })
        };
        view! {
            <a
                class="rail-item"
                href=move || address.href(page.clone())
                aria-current=move || (here.get() == Some(screen)).then_some("page")
                title=name
            >
                {icon(which)} <span class="rail-label">{name}</span> {part(badge)}
            </a>
        }
    };
    let znodes = move || {
        let live_now = matches!(cluster.health.get(), Health::Live(_));
        cluster.info.with(|info| {
            info.as_ref().filter(|_| live_now).map(|info| text::many(info.znodes, "znode", "znodes"))
        })
    };
    let server = move || cluster.info.with(|info| info.as_ref().and_then(|info| info.server_version.clone()));
    let version = move || {
        live.server
            .with(|server| server.as_ref().map(|server| format!("{} {}", text::PRODUCT, server.version)))
    };
    let among_more = move || {
        matches!(
            here.get(),
            Some(
                Screen::Sessions
                    | Screen::Findings
                    | Screen::Tree
                    | Screen::Events
                    | Screen::Audit
                    | Screen::Recipes
                    | Screen::Approvals
            )
        )
    };
    view! {
        <aside class="rail" aria-label=text::PRODUCT>
            <a class="brand" href=move || address.href(Page::Overview)>
                {sized(Icon::Logo, "20")} <span>{text::PRODUCT}</span>
            </a>
            <nav aria-label=text::NAVIGATION>
                {item(Screen::Overview, Page::Overview, Icon::Overview, text::OVERVIEW, none)}
                {item(Screen::Locks, Page::Locks, Icon::Lock, text::LOCKS, locks)}
                {item(Screen::Queues, Page::Queues, Icon::Queue, text::QUEUES, queues)}
                {item(Screen::Waits, Page::Waits, Icon::Waits, text::WAITS, deadlocks)}
                <div class="rail-more" class:open=move || more.get() id="rail-more">
                    {item(Screen::Sessions, Page::Sessions, Icon::Sessions, text::SESSIONS, none)}
                    {item(Screen::Findings, Page::Findings, Icon::Findings, text::FINDINGS, none)}
                    {item(Screen::Tree, Page::Tree(None), Icon::Tree, text::TREE, none)}
                    {item(Screen::Events, Page::Events, Icon::Events, text::EVENTS, none)}
                    {item(Screen::Audit, Page::Audit(None), Icon::Audit, text::AUDIT, none)}
                    {item(Screen::Recipes, Page::Recipes, Icon::Recipes, text::RECIPES, none)}
                    {item(Screen::Approvals, Page::Approvals, Icon::Approve, text::APPROVALS, requests)}
                </div>
                <button
                    type="button"
                    class="rail-item rail-button"
                    class:current=among_more
                    aria-expanded=move || more.get().to_string()
                    aria-controls="rail-more"
                    data-testid="more-button"
                    on:click=move |_| more.update(|more| *more = !*more)
                >
                    {icon(Icon::More)} <span class="rail-label">{text::MORE}</span>
                    {part(move || requests.get().map(|(words, ..)| view! { <span class="rail-count watch" aria-hidden="true">{words}</span> }))}
                </button>
            </nav>
            <div class="rail-foot num">
                <div>{part(znodes)}</div>
                <div>{part(move || server().map(|version| format!("ZooKeeper {version}")))}</div>
                <div>{part(version)}</div>
            </div>
        </aside>
    }
}
