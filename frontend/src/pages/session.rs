//! One session: who it is, what it holds and waits for, and what goes when it ends.

use leptos::prelude::*;
use zooscope_protocol::view::Stand;
use zooscope_protocol::{Content, Session, SessionId, View, ZnodePath};

use super::sessions::identity;
use crate::address::Address;
use crate::duration::{UNKNOWN, grouped, short};
use crate::live::use_view;
use crate::route::{Page, Place};
use crate::text;
use crate::ui::action::{evict, release_stand};
use crate::ui::copy::CopyButton;
use crate::ui::duration::{expiry, since};
use crate::ui::each::each;
use crate::ui::empty::{empty, notice, waiting};
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;
use crate::ui::path::path_text;
use crate::ui::sources::sources;

/// Ephemeral znodes that are shown before the operator asks for more.
const FEW: usize = 20;

/// The page of the session with this id; `back` leads to the list that it stands beside, `close` goes there.
pub(super) fn session_page(
    id: String,
    back: impl Fn() -> Option<String> + Send + Sync + Copy + 'static,
    close: impl Fn() + Copy + 'static,
) -> AnyView {
    let address = expect_context::<Address>();
    let Ok(wanted) = id.parse::<SessionId>() else {
        return view! { <section class="page">{notice(text::NO_SESSION_TITLE, text::NO_ID_BODY)}</section> }
            .into_any();
    };
    let feed = use_view(move || Some((address.cluster(), View::Session { session: wanted })));
    let session = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Session(detail)) => detail.session.as_deref().cloned(),
            _ => None,
        })
    });
    let stands = move |holding: bool| {
        Memo::new(move |_| {
            feed.with(|content| match content {
                Some(Content::Session(detail)) if holding => detail.holds.clone(),
                Some(Content::Session(detail)) => detail.waits.clone(),
                _ => Vec::new(),
            })
        })
    };
    let (holds, waits) = (stands(true), stands(false));
    let own = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Session(detail)) => detail.ephemerals.clone(),
            _ => Vec::new(),
        })
    });
    let told = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Session(detail)) => detail.sources.clone(),
            _ => Vec::new(),
        })
    });
    let state = Memo::new(move |_| (feed.is_ready(), session.with(Option::is_some)));
    let body = move || match state.get() {
        (false, _) => waiting(feed, 8),
        (true, false) => empty(Icon::Sessions, text::NO_SESSION_TITLE, text::NO_SESSION_BODY),
        (true, true) => view! {
            {figures(session)}
            {stand_list(text::HOLDS_TITLE, text::HOLDS_NOTHING, holds, Some(wanted))}
            {stand_list(text::WAITS_TITLE, text::WAITS_NOTHING, waits, None)}
            {ephemerals(own, session)}
        }
        .into_any(),
    };
    let facts = move || {
        session.with(|session| {
            session.as_ref().map(|session| {
                let peer = &session.peer;
                let operation = peer.last_operation.clone();
                view! {
                    <span>{identity(session)}</span>
                    {peer.client.clone().map(|client| view! { <span class="mono">{client.clone()} <CopyButton value=client what=text::THE_CLIENT/></span> })}
                    {peer.server.clone().map(|server| view! { <span class="mono">"→\u{a0}" {server}</span> })}
                    {operation.map(|operation| view! { <span title=text::LAST_OPERATION class="mono">{operation}</span> })}
                    {(peer.connected == Some(false)).then(|| view! { <span class="warn" title=text::NOT_CONNECTED_HINT>{text::NOT_CONNECTED}</span> })}
                }
            })
        })
    };
    let in_graph = {
        let id = id.clone();
        move || Place::new(&address.cluster(), Page::Waits).with("session", &id).href()
    };
    let is_entangled = move || {
        if address.place().is_some_and(|place| place.page == Page::Waits) {
            return false;
        }
        session.with(|session| {
            session.as_ref().is_some_and(|session| session.behind > 0 || !session.waits.is_empty())
        })
    };
    let (title, label, value) = (id.clone(), id.clone(), id.clone());
    view! {
        <section class="page scrolls" aria-label=label data-testid="session-page" data-session=id>
            <header class="page-head">
                <a class="back-link icon-button" href=back aria-label=text::BACK>{icon(Icon::Back)}</a>
                <h1 class="path-title mono">{title} <CopyButton value=value what=text::THE_SESSION/></h1>
                <span class="spring"></span>
                {part(move || is_entangled().then(|| view! { <a class="button small" href=in_graph.clone()>{icon(Icon::Waits)} {text::SEE_WAITS}</a> }))}
                <button type="button" class="icon-button" aria-label=text::CLOSE title=text::CLOSE data-key="Escape" on:click=move |_| close()>
                    {icon(Icon::Close)}
                </button>
                <p class="dots soft">{part(facts)}</p>
            </header>
            <div class="body session-body">
                {part(body)}
                <section class="section">
                    <header class="section-head"><h2>{text::SOURCES_TITLE}</h2></header>
                    {part(move || state.get().0.then(|| told.with(|told| sources(told))))}
                </section>
            </div>
        </section>
    }
    .into_any()
}

/// The numbers of a session.
fn figures(session: Memo<Option<Session>>) -> impl IntoView {
    let read = move |what: fn(&Session) -> String| {
        Signal::derive(move || session.with(|session| session.as_ref().map(what).unwrap_or_default()))
    };
    let figure = |name: &'static str, hint: Option<&'static str>, value: AnyView| {
        view! { <div class="figure" title=hint><dt>{name}</dt><dd class="num">{value}</dd></div> }
    };
    let timeout = |session: &Session| {
        session.peer.timeout_ms.map_or_else(|| UNKNOWN.to_owned(), |millis| short(u64::from(millis)))
    };
    view! {
        <dl class="figures">
            {figure(text::EXPIRES, Some(text::EXPIRES_HINT), expiry(move || session.with(|session| session.as_ref().map(|session| session.peer.clone()))).into_any())}
            {figure(text::TIMEOUT, None, read(timeout).into_any())}
            {figure(text::BEHIND, Some(text::BEHIND_HINT), read(|session| grouped(u64::from(session.behind))).into_any())}
            {figure(text::EPHEMERALS, None, read(|session| grouped(u64::from(session.ephemerals))).into_any())}
            {figure(text::SINCE, None, since(move || session.with(|session| session.as_ref().filter(|session| session.ephemerals > 0).map(|session| session.since))).into_any())}
        </dl>
    }
}

/// The locks that it holds or waits for. `holder` is the session, where it holds them.
fn stand_list(
    title: &'static str,
    nothing: &'static str,
    stands: Memo<Vec<Stand>>,
    holder: Option<SessionId>,
) -> impl IntoView {
    let holding = holder.is_some();
    let address = expect_context::<Address>();
    let key = |stand: &Stand| (stand.lock.to_string(), stand.member.path.to_string());
    let keys = move || stands.with(|stands| stands.iter().map(key).collect::<Vec<_>>());
    let row = move |(lock, member): (String, String)| {
        let path = lock.clone();
        let stand = Memo::new(move |before: Option<&Option<Stand>>| {
            let this = |stand: &&Stand| stand.lock.as_str() == path && stand.member.path.as_str() == member;
            stands.with(|stands| stands.iter().find(this).cloned()).or_else(|| before.cloned().flatten())
        });
        let facts = move || {
            stand.with(|stand| {
                stand.as_ref().map(|stand| {
                    let words = text::mode(stand.member.mode).unwrap_or_else(|| text::lock_kind(stand.kind));
                    view! { <span class="soft">{words}</span> }
                })
            })
        };
        let blocked = move || {
            stand.with(|stand| {
                stand.as_ref().filter(|stand| holding && stand.blocked > 0).map(|stand| {
                    view! { <span class="num tail" title=text::BLOCKED>"⟵ " {grouped(u64::from(stand.blocked))}</span> }
                })
            })
        };
        let to = lock.clone();
        let button = holding.then(|| release_stand(stand));
        view! {
            <li class="line" data-row="" tabindex="0" data-testid=if holding { "session-holds" } else { "session-waits" } data-path=lock.clone()>
                <span class=if holding { "knot holds" } else { "knot waits" } aria-hidden="true"></span>
                <a class="link mono grow" href=move || address.href(Page::Lock(to.clone()))>{path_text(&lock)}</a>
                {part(facts)}
                {part(blocked)}
                {since(move || stand.with(|stand| stand.as_ref().map(|stand| stand.member.created)))}
                {button}
            </li>
        }
    };
    view! {
        <section class="section">
            <header class="section-head">
                <h2>{title}</h2>
                {holder.map(|session| view! { <span class="more">{evict(session, stands)}</span> })}
            </header>
            <ul class="lines">{each(keys, move |key, _| row(key))}</ul>
            {part(move || stands.with(Vec::is_empty).then(|| view! { <p class="quiet footnote">{nothing}</p> }))}
        </section>
    }
}

/// The znodes that end with the session.
fn ephemerals(own: Memo<Vec<ZnodePath>>, session: Memo<Option<Session>>) -> impl IntoView {
    let address = expect_context::<Address>();
    let all = RwSignal::new(false);
    let count =
        move || session.with(|session| session.as_ref().map_or(0, |session| session.ephemerals as usize));
    let shown = move || {
        let most = if all.get() { usize::MAX } else { FEW };
        own.with(|own| own.iter().take(most).map(ToString::to_string).collect::<Vec<_>>())
    };
    let row = move |path: String| {
        let to = path.clone();
        view! {
            <li class="line"><a class="link mono grow" href=move || address.href(Page::Tree(Some(to.clone())))>{path_text(&path)}</a></li>
        }
    };
    let rest = move || {
        let shown = own.with(Vec::len).min(if all.get() { usize::MAX } else { FEW });
        let rest = count().saturating_sub(shown);
        let can_show = !all.get() && own.with(Vec::len) > FEW;
        (rest > 0).then(|| {
            let words = text::folded(rest);
            let more = if can_show {
                view! { <button type="button" class="link" on:click=move |_| all.set(true)>{words}</button> }
                    .into_any()
            } else {
                view! { <span class="quiet">{words}</span> }.into_any()
            };
            view! { <p class="footnote">{more}</p> }
        })
    };
    view! {
        <section class="section">
            <header class="section-head">
                <h2>{text::EPHEMERALS_TITLE}</h2>
                <span class="quiet">{part(move || (count() > 0).then_some(text::ALL_GO))}</span>
            </header>
            <ul class="lines">{each(shown, move |path, _| row(path))}</ul>
            {part(rest)}
        </section>
    }
}
