//! One queue: its items in the order that consumers take them, each to be looked at without being taken.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::{Action, Confidence, Content, Finding, Item, Queue, View, ZnodePath};

mod bar;
mod desk;
mod letter;
mod marks;
mod menu;
mod put;

use self::bar::{KEY, bar, filter_field, matches, wanted};
use self::desk::Desk;
use self::letter::letter;
use self::menu::{item_menu, menu_button};
use self::put::{put_button, put_dialog};
use super::data::data;
use super::deadlocks::session_link;
use super::list::{FIRST_ROWS, MOST_ROWS, grow};
use super::queues::count;
use super::{beside, lingering};
use crate::address::Address;
use crate::bytes::visible_text;
use crate::duration::{UNKNOWN, grouped, rate, size};
use crate::live::use_view;
use crate::route::Page;
use crate::ui::action::{REPLAY, REQUEUE, item_button};
use crate::ui::badge;
use crate::ui::duration::{absolute, since, since_at};
use crate::ui::empty::{empty, no_match, notice, waiting};
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;
use crate::ui::path::{name_text, path_links};
use crate::ui::sparkline::sparkline;
use crate::ui::virtual_rows::{ListHandle, ListKind, cut, virtual_rows};
use crate::{api, text};

/// The page of the queue at `path`.
#[component]
pub(crate) fn QueuePage(path: String) -> impl IntoView {
    let address = expect_context::<Address>();
    let Ok(znode) = ZnodePath::parse(&path) else {
        return notice(text::NO_QUEUE_TITLE, text::NO_PLACE_BODY);
    };
    let (limit, home) = (RwSignal::new(FIRST_ROWS), znode.clone());
    let feed = use_view(move || {
        Some((address.cluster(), View::Queue { path: znode.clone(), start: 0, limit: limit.get() }))
    });
    let queue = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Queue(detail)) => detail.queue.as_deref().cloned(),
            _ => None,
        })
    });
    let filter = Memo::new(move |_| wanted(address).to_lowercase());
    let keys = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Queue(detail)) => filter.with(|filter| {
                let shown = detail.items.iter().filter(|item| matches(item, filter));
                shown.map(|item| item.name.clone()).collect()
            }),
            _ => Vec::<String>::new(),
        })
    });
    let loaded = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Queue(detail)) => detail.items.len(),
            _ => 0,
        })
    });
    let handle = ListHandle::new();
    let length = Memo::new(move |_| keys.with(Vec::len));
    let depth = move || queue.with(|queue| queue.as_ref().map_or(0, |queue| queue.depth));
    grow(limit, move || handle.range.get().end, move || (loaded.get(), depth()));
    // What is filtered is looked through as far as it can be.
    Effect::new(move || {
        if filter.with(|filter| !filter.is_empty()) && limit.get_untracked() < MOST_ROWS {
            limit.set(MOST_ROWS);
        }
    });

    let peeked = Memo::new(move |_| Some(address.query("item")).filter(|item| !item.is_empty()));
    let refusal = Memo::new(move |_| {
        queue.with(|queue| match queue {
            None => Some(text::NO_QUEUE_TITLE.to_owned()),
            Some(queue) if queue.hands_off.is_some() => queue.hands_off.clone(),
            Some(queue) if queue.confidence == Confidence::Likely => Some(text::LIKELY_HINDRANCE.to_owned()),
            Some(_) => None,
        })
    });
    let desk = Desk::new(feed, home, queue, refusal);
    let findings = Memo::new(move |_| {
        queue.with(|queue| queue.as_ref().map(|queue| queue.findings.clone()).unwrap_or_default())
    });
    let hands_off = Memo::new(move |_| queue.with(|queue| queue.as_ref()?.hands_off.clone()));
    let because = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Queue(detail)) => Some(detail.because.clone()).filter(|words| !words.is_empty()),
            _ => None,
        })
    });
    let kind = ListKind { role: "grid", class: "t-items", label: text::ITEMS, one_line: false };
    let row = move |name: String, place: Signal<usize>| row(desk, keys, name, place, peeked, findings);
    let letters = Memo::new(move |_| desk.is_letters());
    let filtered = Memo::new(move |_| filter.with(|filter| !filter.is_empty()));
    let state = Memo::new(move |_| {
        let rows = (keys.with(Vec::is_empty), filtered.get(), letters.get());
        (feed.is_ready(), queue.with(Option::is_some), rows)
    });
    let list = move || match state.get() {
        (true, false, _) => empty(Icon::Queue, text::NO_QUEUE_TITLE, text::NO_QUEUE_BODY),
        (true, true, (true, true, _)) => no_match(KEY),
        (true, true, (true, false, true)) => {
            empty(Icon::Queue, text::NO_LETTERS_TITLE, text::NO_LETTERS_BODY)
        }
        (true, true, (true, false, false)) => empty(Icon::Queue, text::NO_ITEMS_TITLE, text::NO_ITEMS_BODY),
        (true, true, (false, _, letters)) => {
            let slice = move |range| keys.with(|keys| cut(keys, range));
            virtual_rows(handle, kind, head(desk, keys, letters), length, slice, row).into_any()
        }
        (false, ..) => waiting(feed, 8),
    };
    let cut_off = move || {
        let (shown, depth) = (loaded.get(), depth());
        (filtered.get() && depth as usize > shown)
            .then(|| view! { <p class="footnote">{text::looked_through(shown, depth)}</p> })
    };
    // Another number of rows is no other tools: a field that is typed in stays.
    let has_tools = Memo::new(move |_| {
        let (_, there, (_, _, letters)) = state.get();
        (there, letters)
    });
    let tools = move || {
        let (there, letters) = has_tools.get();
        there.then(|| {
            view! {
                <div class="item-tools">
                    {filter_field()}
                    {(!letters).then(|| put_button(desk))}
                </div>
            }
        })
    };
    let back = move || beside(address, Page::Queues).map(|place| place.with("item", "").href());
    let close = move |_| {
        if let Some(place) = beside(address, Page::Queues) {
            address.go(place.with("item", ""));
        }
    };
    let about = move || {
        queue.with(|queue| {
            queue.as_ref().map(|queue| {
                view! {
                    <span>{text::queue_kind(queue.kind)}</span>
                    <span>{queue.recipe.to_string()}</span>
                    <span title=text::confidence_hint(queue.confidence)>{text::confidence(queue.confidence)}</span>
                }
            })
        })
    };
    view! {
        <section class="page" aria-label=path.clone() data-testid="queue-page">
            <header class="page-head">
                <a class="back-link icon-button" href=back aria-label=text::BACK>{icon(Icon::Back)}</a>
                <h1 class="path-title">{path_links(&path)}</h1>
                <span class="spring"></span>
                <button type="button" class="icon-button" aria-label=text::CLOSE title=text::CLOSE data-key="Escape" on:click=close>
                    {icon(Icon::Close)}
                </button>
                <p class="dots soft">{part(about)}</p>
            </header>
            {part(move || state.get().1.then(|| figures(queue)))}
            <div class="pad">
                {part(move || because.get().map(badge::because))}
                {part(move || hands_off.get().map(badge::hands_off))}
                {part(move || findings.with(|findings| badge::findings(findings)))}
            </div>
            {part(tools)}
            {bar(desk)}
            {part(list)}
            {part(cut_off)}
            {part(move || peeked.get().map(|name| peek(desk, name)))}
            {item_menu(desk)}
            {put_dialog(desk)}
        </section>
    }
    .into_any()
}

/// The numbers of a queue.
fn figures(queue: Memo<Option<Queue>>) -> impl IntoView {
    let read = move |what: fn(&Queue) -> String| {
        Signal::derive(move || queue.with(|queue| queue.as_ref().map(what).unwrap_or_default()))
    };
    let figure = |name: &'static str, value: AnyView| {
        view! { <div class="figure"><dt>{name}</dt><dd class="num">{value}</dd></div> }
    };
    view! {
        <dl class="figures">
            {figure(text::DEPTH, read(|queue| grouped(u64::from(queue.depth))).into_any())}
            {figure(text::OLDEST, since_at(move || queue.with(|queue| queue.as_ref()?.oldest), move || lingering(queue)).into_any())}
            {figure(text::IN_RATE, read(|queue| rate(queue.in_rate)).into_any())}
            {figure(text::OUT_RATE, read(|queue| rate(queue.out_rate)).into_any())}
            {figure(text::IN_FLIGHT, read(|queue| count(queue.in_flight)).into_any())}
            {figure(text::CONSUMERS, read(|queue| count(queue.consumers)).into_any())}
            {figure(text::TREND, sparkline(move || queue.with(|queue| queue.as_ref().map(|queue| queue.trend.clone()).unwrap_or_default())).into_any())}
        </dl>
    }
}

fn head(desk: Desk, keys: Memo<Vec<String>>, letters: bool) -> AnyView {
    let all = Memo::new(move |_| {
        keys.with(|keys| !keys.is_empty() && keys.iter().all(|name| desk.marks.has(name)))
    });
    let (preview, taken) =
        if letters { (text::WHY, text::SET_ASIDE_COLUMN) } else { (text::PREVIEW, text::TAKEN_BY) };
    view! {
        <div class="row head" role="row" aria-rowindex="1">
            <span class="c-mark" role="columnheader">
                <input
                    type="checkbox"
                    aria-label=text::MARK_ALL
                    title=text::MARK_ALL
                    data-testid="mark-all"
                    prop:checked=all
                    on:change=move |_| desk.marks.toggle_all(&untrack(|| desk.shown(keys)))
                />
            </span>
            <span class="c-place right" role="columnheader">"#"</span>
            <span class="c-name" role="columnheader">{text::ITEM}</span>
            <span class="c-age right" role="columnheader">{text::AGE}</span>
            <span class="c-size right" role="columnheader">{text::SIZE}</span>
            <span class="c-preview" role="columnheader">{preview}</span>
            <span class="c-taken" role="columnheader">{taken}</span>
            <span class="c-action" role="columnheader"><span class="hidden-label">{text::ACTION}</span></span>
        </div>
    }
    .into_any()
}

/// The beginning of an item's data in one line; of what was set aside, why.
fn preview(item: &Item) -> String {
    if item.letter.is_some() {
        return letter::reason(item);
    }
    match item.preview.text() {
        Some(text) => visible_text(&text.split_whitespace().collect::<Vec<_>>().join(" ")),
        None => item.preview.0.iter().take(24).map(|byte| format!("{byte:02x} ")).collect(),
    }
}

fn row(
    desk: Desk,
    keys: Memo<Vec<String>>,
    name: String,
    place: Signal<usize>,
    peeked: Memo<Option<String>>,
    findings: Memo<Vec<Finding>>,
) -> AnyView {
    let address = expect_context::<Address>();
    let at = name.clone();
    let item =
        Memo::new(move |before: Option<&Option<Item>>| desk.item(&at).or_else(|| before.cloned().flatten()));
    let read = move |what: fn(&Item) -> String| {
        Signal::derive(move || item.with(|item| item.as_ref().map(what).unwrap_or_default()))
    };
    let this = name.clone();
    let is_chosen = Memo::new(move |_| peeked.with(|peeked| peeked.as_deref() == Some(&this)));
    let to = name.clone();
    let open = move || address.set_query("item", if is_chosen.get_untracked() { "" } else { &to });
    let open_by_key = open.clone();
    let when = move || {
        item.with(|item| {
            let item = item.as_ref()?;
            let priority = item.priority.map(|priority| {
                let title = format!("{} {priority}", text::PRIORITY);
                view! { <span class="chip" title=title>"P" {priority}</span> }
            });
            let delay = item.not_before.map(|moment| {
                view! { <span class="chip">{text::delayed_until(&absolute(moment))}</span> }
            });
            let taken = item.taken_by.map(|session| {
                view! { <span class="chip only-narrow" title=session.to_string()>{text::TAKEN}</span> }
            });
            let from = item.letter.as_ref().map(|letter| {
                let from = letter.queue.to_string();
                view! { <span class="chip" title=letter.origin.to_string()>{text::LETTER_FROM} " " {from}</span> }
            });
            Some(view! { {taken} {priority} {delay} {from} })
        })
    };
    let at = name.clone();
    let taken_by = Memo::new(move |_| item.with(|item| item.as_ref().and_then(|item| item.taken_by)));
    let set_aside =
        Memo::new(move |_| item.with(|item| item.as_ref()?.letter.as_ref().map(|letter| letter.at)));
    let taken = move || match (taken_by.get(), set_aside.get()) {
        (Some(session), _) => session_link(session, None).into_any(),
        (None, Some(at)) => since(move || Some(at)).into_any(),
        (None, None) => UNKNOWN.into_any(),
    };
    let this = name.clone();
    let is_marked = Memo::new(move |_| desk.marks.has(&this));
    let this = name.clone();
    let mark = move |range: bool| desk.marks.toggle(&this, range, &untrack(|| desk.shown(keys)));
    let mark_by_key = mark.clone();
    let label = format!("{} {name}", text::MARK);
    let worst = Memo::new(move |_| {
        findings.with(|findings| {
            let names = |finding: &&Finding| finding.members.iter().any(|member| member.name() == at);
            let worst = findings.iter().filter(names).max_by_key(|finding| finding.severity);
            worst.map(|finding| (badge::level_of(finding.severity), finding.sentence.clone()))
        })
    });
    let wrong = move || {
        worst.get().map(|(level, sentence)| {
            view! { <span title=sentence data-testid="member-finding">{badge::mark(level)}</span> }
        })
    };
    let at = name.clone();
    view! {
        <div
            class="row"
            class:chosen=is_chosen
            class:marked=is_marked
            role="row"
            tabindex="0"
            data-row=""
            data-testid="item-row"
            data-path=at
            aria-rowindex=move || (place.get() + 2).to_string()
            aria-selected=move || is_chosen.get().to_string()
            on:click=move |_| open()
            on:keydown=move |event| {
                let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
                match event.key().as_str() {
                    "Enter" => open_by_key(),
                    "x" if plain => mark_by_key(false),
                    "X" if plain => mark_by_key(true),
                    _ => {}
                }
            }
        >
            <span class="c-mark" role="gridcell" on:click=|event| event.stop_propagation()>
                <input
                    type="checkbox"
                    aria-label=label
                    title=text::MARK_ROW
                    tabindex="-1"
                    data-testid="item-mark"
                    prop:checked=is_marked
                    on:click=move |event: web_sys::MouseEvent| {
                        event.stop_propagation();
                        mark(event.shift_key());
                        // The browser has turned it already, also where a range leaves it as it was.
                        event_target::<web_sys::HtmlInputElement>(&event).set_checked(is_marked.get_untracked());
                    }
                />
            </span>
            <span class="c-place right num quiet" role="gridcell">{part(move || grouped(place.get() as u64 + 1))}</span>
            <span class="c-name mono" role="gridcell" >{part(wrong)} {name_text(&name)} {part(when)}</span>
            <span class="c-age right" role="gridcell">
                {since(move || item.with(|item| item.as_ref().map(|item| item.created)))}
            </span>
            <span class="c-size right num" role="gridcell">{read(|item| size(u64::from(item.size)))}</span>
            <span class="c-preview mono soft" role="gridcell"><span class="cut">{read(preview)}</span></span>
            <span class="c-taken mono" role="gridcell">
                {part(taken)}
            </span>
            <span class="c-action" role="gridcell">{first_action(desk, item)} {menu_button(desk, name)}</span>
        </div>
    }
    .into_any()
}

/// The action that a row shows.
fn first_action(desk: Desk, item: Memo<Option<Item>>) -> impl IntoView {
    let letters = Memo::new(move |_| desk.is_letters());
    part(move || {
        let queue = desk.path.get_value();
        if letters.get() {
            item_button(REPLAY, queue, desk.refusal, item, Action::Replay).into_any()
        } else {
            let requeue = |target: zooscope_protocol::Target| Action::Requeue(target.into());
            item_button(REQUEUE, queue, desk.refusal, item, requeue).into_any()
        }
    })
}

/// One item, looked at.
fn peek(desk: Desk, name: String) -> impl IntoView + use<> {
    let address = expect_context::<Address>();
    let at = name.clone();
    let item = Memo::new(move |_| desk.item(&at));
    let all = RwSignal::new(None::<Result<Vec<u8>, String>>);
    let load = move |_| {
        let (Some(here), Some(item)) = (address.here(), item.get_untracked()) else { return };
        spawn_local(async move {
            let answer = api::data(&here.cluster, &item.path).await.map_err(|failure| failure.sentence());
            let _ = all.try_set(Some(answer));
        });
    };
    let bytes = move || match all.get() {
        Some(Ok(bytes)) => bytes,
        _ => item.with(|item| item.as_ref().map(|item| item.preview.0.clone()).unwrap_or_default()),
    };
    let loaded = Memo::new(move |_| all.with(|all| matches!(all, Some(Ok(_)))));
    let failed = move || {
        all.with(|all| match all {
            Some(Err(why)) => Some(view! { <p class="warn">{why.clone()}</p> }),
            _ => None,
        })
    };
    let gone = Memo::new(move |_| item.with(Option::is_none));
    let what = move || if loaded.get() { text::ALL_BYTES } else { text::FIRST_BYTES };
    let (label, title, menu) = (name.clone(), name.clone(), name.clone());
    let kept = Memo::new(move |_| item.with(|item| item.as_ref()?.letter.clone()));
    view! {
        <aside class="peek" aria-label=label data-testid="peek">
            <header class="peek-head">
                <h2 class="mono cut" title=title>{name}</h2>
                <span class="spring"></span>
                {first_action(desk, item)}
                {menu_button(desk, menu)}
                <button type="button" class="icon-button" aria-label=text::CLOSE on:click=move |_| address.set_query("item", "")>
                    {icon(Icon::Close)}
                </button>
            </header>
            <p class="soft">
                {part(move || gone.get().then(|| view! { <span class="warn">{text::ITEM_GONE}</span> }))}
                {text::PEEK} " " {part(what)} " "
                {part(move || (!loaded.get() && !gone.get()).then(|| view! {
                    <button type="button" class="link" on:click=load>{text::LOAD_ALL}</button>
                }))}
            </p>
            {part(failed)}
            {part(move || kept.get().map(|kept| letter(&kept)))}
            {data(bytes)}
        </aside>
    }
}
