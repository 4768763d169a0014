//! One lock: the chain of its contenders is the picture.

use leptos::prelude::*;
use zooscope_protocol::{Content, Finding, Lock, LockKind, Member, MemberState, View, ZnodePath};

use super::{HELD_LONG, WAITING_LONG, beside, recent, rungs, who};
use crate::address::Address;
use crate::live::{Feed, use_view};
use crate::route::Page;
use crate::text;
use crate::ui::action::{RELEASE, RELEASE_LOCK, release_lock, release_member};
use crate::ui::badge;
use crate::ui::copy::{CopyButton, copies};
use crate::ui::duration::since_at;
use crate::ui::each::each;
use crate::ui::empty::{empty, notice, waiting};
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;
use crate::ui::path::path_links;

/// Waiters that are shown before the operator asks for more.
const FEW: usize = 8;

/// The page of the lock at `path`.
#[component]
pub(crate) fn LockPage(path: String) -> impl IntoView {
    let address = expect_context::<Address>();
    let Ok(znode) = ZnodePath::parse(&path) else {
        return notice(text::NO_LOCK_TITLE, text::NO_PLACE_BODY);
    };
    let asked = znode.clone();
    let feed = use_view(move || Some((address.cluster(), View::Lock { path: asked.clone() })));
    let lock = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Lock(detail)) => detail.lock.as_deref().cloned(),
            _ => None,
        })
    });
    let holder = Memo::new(move |_| members(feed, true).into_iter().next());
    let state = Memo::new(move |_| (feed.is_ready(), lock.with(Option::is_some)));
    let findings = Memo::new(move |_| {
        lock.with(|lock| lock.as_ref().map(|lock| lock.findings.clone()).unwrap_or_default())
    });
    let hands_off = Memo::new(move |_| lock.with(|lock| lock.as_ref()?.hands_off.clone()));
    let because = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Lock(detail)) => Some(detail.because.clone()).filter(|words| !words.is_empty()),
            _ => None,
        })
    });
    let back = move || beside(address, Page::Locks).map(|place| place.href());
    let close = move |_| {
        if let Some(place) = beside(address, Page::Locks) {
            address.go(place);
        }
    };
    let facts = move || {
        lock.with(|lock| {
            lock.as_ref().map(|lock| {
                let several = text::holders(lock.kind, lock.held_by, lock.capacity);
                let blocked = (lock.blocked > 0).then(|| text::waiting_and_behind(lock.blocked, lock.behind));
                view! {
                    <span>{text::lock_kind(lock.kind)}</span>
                    <span>{lock.recipe.to_string()}</span>
                    <span title=text::confidence_hint(lock.confidence)>{text::confidence(lock.confidence)}</span>
                    {(!several.is_empty()).then(|| view! { <span>{several}</span> })}
                    {blocked.map(|blocked| view! { <span title=text::BEHIND_HINT>{blocked}</span> })}
                }
            })
        })
    };
    let at = znode.clone();
    let body = move || match state.get() {
        (true, true) => view! {
            {chain(feed, lock, findings)}
            {rungs::ladders(feed, &at)}
        }
        .into_any(),
        (true, false) => empty(Icon::Lock, text::NO_LOCK_TITLE, text::NO_LOCK_BODY),
        (false, _) => waiting(feed, 6),
    };
    let tree = path.clone();
    view! {
        <section class="page scrolls" aria-label=path.clone() data-testid="lock-page">
            <header class="page-head">
                <a class="back-link icon-button" href=back aria-label=text::BACK>{icon(Icon::Back)}</a>
                <h1 class="path-title">{path_links(&path)}</h1>
                <span class="spring"></span>
                {part(move || state.get().1.then(|| release_lock(RELEASE_LOCK, lock, holder)))}
                <button type="button" class="icon-button" aria-label=text::CLOSE title=text::CLOSE data-key="Escape" on:click=close>
                    {icon(Icon::Close)}
                </button>
                <p class="dots soft">{part(facts)}</p>
            </header>
            <div class="body">
                {part(move || hands_off.get().map(badge::hands_off))}
                {rungs::findings(feed, &znode, findings)}
                {part(body)}
                {part(move || because.get().map(badge::because))}
                {recent::recent(text::RECENT, znode, 12)}
                {copies(&path)}
                <p class="footnote"><a class="link" href=move || address.href(Page::Tree(Some(tree.clone())))>{text::IN_TREE}</a></p>
            </div>
        </section>
    }
    .into_any()
}

/// The members, holders or waiters. Tracks.
fn members(feed: Feed, holding: bool) -> Vec<Member> {
    feed.with(|content| match content {
        Some(Content::Lock(detail)) if holding => detail.holders.clone(),
        Some(Content::Lock(detail)) => detail.waiters.clone(),
        _ => Vec::new(),
    })
}

fn chain(feed: Feed, lock: Memo<Option<Lock>>, findings: Memo<Vec<Finding>>) -> impl IntoView {
    let all = RwSignal::new(false);
    let holders = Memo::new(move |_| members(feed, true));
    let waiters = Memo::new(move |_| members(feed, false));
    let blocked = Memo::new(move |_| lock.with(|lock| lock.as_ref().map_or(0, |lock| lock.blocked)));
    let several = Memo::new(move |_| lock.with(|lock| lock.as_ref().is_some_and(|lock| lock.held_by > 1)));
    // In a group and at a barrier nobody is before another, so that nobody holds says nothing.
    let is_group = Memo::new(move |_| {
        lock.with(|lock| {
            lock.as_ref().is_some_and(|lock| matches!(lock.kind, LockKind::Group | LockKind::Barrier))
        })
    });
    let shown = move |members: Memo<Vec<Member>>| {
        move || {
            let most = if all.get() { usize::MAX } else { FEW };
            members.with(|members| {
                members.iter().take(most).map(|member| member.path.to_string()).collect::<Vec<_>>()
            })
        }
    };
    let row = move |members: Memo<Vec<Member>>, index: ReadSignal<usize>, path: String| {
        let member = Memo::new(move |before: Option<&Option<Member>>| {
            let now =
                members.with(|members| members.iter().find(|member| member.path.as_str() == path).cloned());
            now.or_else(|| before.cloned().flatten())
        });
        contender(lock, member, findings, index, several)
    };
    let rest = move || {
        let shown = waiters.with(Vec::len).min(if all.get() { usize::MAX } else { FEW });
        (blocked.get() as usize).saturating_sub(shown)
    };
    let more = move || {
        let rest = rest();
        (rest > 0).then(|| {
            let can_show = !all.get();
            view! {
                <li class="contender more">
                    <span class="knot waits" aria-hidden="true"></span>
                    {if can_show {
                        view! {
                            <button type="button" class="link" on:click=move |_| all.set(true)>{text::more_waiters(rest)}</button>
                        }
                        .into_any()
                    } else {
                        view! { <span class="quiet">{text::more_waiters(rest)}</span> }.into_any()
                    }}
                </li>
            }
        })
    };
    view! {
        <ol class="chain" aria-label=text::CHAIN data-testid="chain">
            {part(move || (holders.with(Vec::is_empty) && !is_group.get()).then(|| view! {
                <li class="contender"><span class="knot none" aria-hidden="true"></span><span class="quiet">{text::NOBODY_HOLDS}</span></li>
            }))}
            {each(shown(holders), move |path, index| row(holders, index, path))}
            {each(shown(waiters), move |path, index| row(waiters, index, path))}
            {part(more)}
        </ol>
        {part(move || (blocked.get() == 0 && !is_group.get()).then(|| view! { <p class="quiet footnote">{text::NOBODY_WAITS}</p> }))}
    }
}

/// One contender: a filled knot holds, a hollow one waits.
fn contender(
    lock: Memo<Option<Lock>>,
    member: Memo<Option<Member>>,
    findings: Memo<Vec<Finding>>,
    index: ReadSignal<usize>,
    several: Memo<bool>,
) -> AnyView {
    let holds = Memo::new(move |_| {
        member.with(|member| member.as_ref().is_some_and(|member| member.state == MemberState::Holding))
    });
    let address = expect_context::<Address>();
    let knot = move || match member.with(|member| member.as_ref().map(|member| member.state)) {
        Some(MemberState::Holding) => "knot holds",
        Some(MemberState::Present) => "knot present",
        _ => "knot waits",
    };
    let read = move |what: fn(&Member) -> String| {
        Signal::derive(move || member.with(|member| member.as_ref().map(what).unwrap_or_default()))
    };
    let place = move || {
        member.with(|member| match member {
            Some(member) if member.state != MemberState::Holding => text::place(index.get(), member.state),
            _ => lock.with(|lock| text::holder_word(lock.as_ref().map(|lock| lock.kind))).to_owned(),
        })
    };
    // What the lock saw of its first holder is better than the age of the znode, which is the time of queueing.
    let began = move || {
        let first = holds.get() && index.get() == 0;
        let held = first.then(|| lock.with(|lock| lock.as_ref()?.held_since)).flatten();
        held.or_else(|| member.with(|member| member.as_ref().map(|member| member.created)))
    };
    let not_seen = move || {
        holds.get() && !lock.with(|lock| lock.as_ref().is_some_and(|lock| lock.held_seen && index.get() == 0))
    };
    let verb = move || {
        let kind = lock.with(|lock| lock.as_ref().map(|lock| lock.kind));
        match member.with(|member| member.as_ref().map(|member| member.state)) {
            Some(MemberState::Holding) => kind.map_or("", text::held_verb),
            Some(state) => text::state_word(state),
            None => "",
        }
    };
    let watched = move || {
        member.with(|member| {
            let path = member.as_ref()?.waits_for.as_ref()?;
            let name = path.name();
            let end = name.char_indices().rev().nth(9).map_or(0, |(at, _)| at);
            let name = if end > 0 { format!("…{}", &name[end..]) } else { name.to_owned() };
            Some(view! { <span class="quiet mono" title=path.to_string()>{text::watches(&name)}</span> })
        })
    };
    let session = move || {
        member.with(|member| {
            let session = member.as_ref()?.session?.to_string();
            let to = session.clone();
            let href = move || address.href(Page::Session(to.clone()));
            Some(view! { <span class="mono session"><a href=href>{session.clone()}</a> <CopyButton value=session what=text::THE_SESSION/></span> })
        })
    };
    let client = move || {
        member.with(|member| {
            member.as_ref().and_then(|member| member.client.clone()).map(|client| format!("@ {client}"))
        })
    };
    let mode = move || member.with(|member| member.as_ref().and_then(|member| text::mode(member.mode)));
    let name = member
        .with_untracked(|member| member.as_ref().map(|member| member.path.to_string()))
        .unwrap_or_default();
    let path = name.clone();
    // What is wrong with this one in a word; the sentence is above, and here when it is pointed at.
    let at = path.clone();
    let wrong = Memo::new(move |_| {
        findings.with(|findings| {
            let names = |finding: &&Finding| finding.members.iter().any(|member| member.as_str() == at);
            findings.iter().filter(names).cloned().collect::<Vec<_>>()
        })
    });
    let level = move || wrong.with(|wrong| badge::level_by(wrong, &[HELD_LONG, WAITING_LONG]));
    let wrong = move || {
        let word = |finding: &Finding| {
            let level = badge::level_of(finding.severity);
            let class = format!("wrong {}", badge::class(level));
            view! {
                <span class=class title=finding.sentence.clone() data-testid="member-finding" data-code=finding.code.clone()>
                    {badge::mark(level)} {text::finding_of_member(&finding.code)}
                </span>
            }
        };
        wrong.with(|wrong| {
            (!wrong.is_empty())
                .then(|| view! { <span class="wrongs">{wrong.iter().map(word).collect_view()}</span> })
        })
    };
    let button = move || (holds.get() && several.get()).then(|| release_member(RELEASE, lock, member));
    view! {
        <li class="contender" class:holds=holds data-testid=move || if holds.get() { "holder" } else { "waiter" } data-path=path>
            <span class=knot aria-hidden="true"></span>
            <span class="place num">{part(place)}</span>
            <span class="who">
                <span class="strong" title=name>{read(who)}</span>
                <span class="mono soft">{part(client)}</span>
                {part(move || mode().map(|mode| view! { <span class="chip">{mode}</span> }))}
            </span>
            <span class="span num" title=move || not_seen().then_some(text::HELD_NOT_SEEN)>
                <span class="quiet">{part(verb)}" "</span>
                {part(move || not_seen().then_some("≤ "))}
                {since_at(began, level)}
            </span>
            {part(session)}
            {part(watched)}
            {part(button)}
            {part(wrong)}
        </li>
    }
    .into_any()
}
