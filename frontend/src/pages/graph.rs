//! The wait-for graph, drawn.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use zooscope_protocol::SessionId;
use zooscope_protocol::view::{WaitGraph, WaitNode};

use super::waits::name_of;
use crate::address::Address;
use crate::graph::{
    self, Direction, HEIGHT, Key, Layout, Lens, Line, Picture, Spot, WIDTH, corner, extent, neighbour,
    shorten,
};
use crate::text;
use crate::ui::each::each;
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;

/// The smallest that the picture is drawn at first: what does not fit then is moved into sight.
const LEAST: f64 = 0.85;
/// How much a press or a turn of the wheel enlarges.
const ZOOM: f64 = 1.25;
/// A press that moves farther than this moves the picture and chooses nothing.
const STILL: f64 = 4.0;
/// The highest that the picture is.
const TALLEST: f64 = 520.0;
/// Letters of a session's name and of a lock's that fit.
const LETTERS: (usize, usize) = (17, 18);

/// What the parts of the picture share.
#[derive(Clone, Copy)]
struct Board {
    waits: Memo<WaitGraph>,
    picture: Memo<Picture>,
    layout: Memo<Layout>,
    /// The chosen session and everything behind it.
    lit: Memo<Option<BTreeSet<Key>>>,
    chosen: Memo<Option<SessionId>>,
    /// The folds that the operator opened.
    open: RwSignal<BTreeSet<Key>>,
    lens: RwSignal<Lens>,
    /// Where the keyboard is.
    current: RwSignal<Option<Key>>,
    /// Whether the press that ends now has moved the picture.
    dragged: StoredValue<bool>,
    /// Whether the focus is to follow to where the keyboard is now.
    follow: StoredValue<bool>,
    window: NodeRef<Div>,
}

impl Board {
    fn size(self) -> (f64, f64) {
        let element = self.window.get_untracked();
        element.map_or((0.0, 0.0), |div| (f64::from(div.client_width()), f64::from(div.client_height())))
    }

    fn fit(self, least: f64) {
        let picture = self.layout.with_untracked(extent);
        let (width, height) = self.size();
        if width > 0.0 {
            self.lens.set(Lens::fit(picture, (width, height.max(TALLEST.min(picture.1))), least));
        }
    }

    fn zoom(self, factor: f64) {
        let (width, height) = self.size();
        self.lens.update(|lens| *lens = lens.zoomed(factor, (width / 2.0, height / 2.0)));
    }

    fn show(self, key: &Key) {
        let spot = self.layout.with_untracked(|layout| layout.spots.get(key).copied());
        let size = self.size();
        if let Some(spot) = spot.filter(|_| size.0 > 0.0) {
            self.lens.maybe_update(|lens| {
                let before = *lens;
                // With the first of those that wait for it, where both have room.
                let behind = Spot { column: spot.column + 1, ..spot };
                *lens = lens.showing(behind, size).showing(spot, size);
                *lens != before
            });
        }
    }

    /// Chooses a session, or opens a fold.
    fn press(self, address: Address, key: &Key) {
        match key.session() {
            Some(session) if self.chosen.get_untracked() == Some(session) => address.set_query("session", ""),
            Some(session) => address.set_query("session", &session.to_string()),
            None => {
                // The keyboard goes on with the first that was folded, for the fold is gone.
                let first = self.picture.with_untracked(|picture| picture.folded.get(key)?.first().copied());
                self.follow.set_value(true);
                self.current.set(first.map(Key::One));
                self.open.update(|open| {
                    open.insert(key.clone());
                });
            }
        }
    }
}

/// The picture of `waits`; choosing a session puts it into the address.
pub(super) fn graph(waits: Memo<WaitGraph>, chosen: Memo<Option<String>>) -> impl IntoView {
    let address = expect_context::<Address>();
    let chosen = Memo::new(move |_| chosen.with(|id| id.as_ref()?.parse::<SessionId>().ok()));
    let open = RwSignal::new(BTreeSet::new());
    let picture = Memo::new(move |_| {
        let keep: BTreeSet<SessionId> = chosen.get().into_iter().collect();
        waits.with(|waits| open.with(|open| graph::fold(waits, open, &keep)))
    });
    let layout =
        Memo::new(move |before: Option<&Layout>| picture.with(|picture| graph::lay_out(picture, before)));
    let lit = Memo::new(move |_| {
        let key = Key::One(chosen.get()?);
        picture.with(|picture| picture.nodes.contains(&key).then(|| graph::behind(picture, &key)))
    });
    let board = Board {
        waits,
        picture,
        layout,
        lit,
        chosen,
        open,
        lens: RwSignal::new(Lens::PLAIN),
        current: RwSignal::new(None),
        dragged: StoredValue::new(false),
        follow: StoredValue::new(false),
        window: NodeRef::new(),
    };
    // The first look fits the width; from then on the lens is the operator's.
    Effect::new(move |fitted: Option<bool>| {
        let ready = board.window.get().is_some();
        if ready && fitted != Some(true) {
            board.fit(LEAST);
        }
        ready
    });
    Effect::new(move || {
        if let Some(session) = chosen.get() {
            // The panel that opens beside takes its room first.
            request_animation_frame(move || board.show(&Key::One(session)));
        }
    });
    let nodes = move || picture.with(|picture| picture.nodes.clone());
    let lines = move || picture.with(|picture| picture.lines.clone());
    let height = move || {
        let picture = layout.with(extent).1 * board.lens.get().scale;
        format!("{}px", picture.clamp(140.0, TALLEST))
    };
    let transform = move || {
        let lens = board.lens.get();
        format!("translate({} {}) scale({})", lens.x, lens.y, lens.scale)
    };
    let is_open = move || open.with(|open| !open.is_empty());
    view! {
        <section class="graph" data-testid="wait-graph">
            <div
                class="graph-window"
                node_ref=board.window
                style:height=height
                on:keydown=move |event| pressed(board, address, &event)
                on:wheel=move |event| turned(board, &event)
                on:pointerdown=move |event| drag(board, &event)
            >
                <svg width="100%" height="100%" role="group" aria-label=text::GRAPH aria-description=text::GRAPH_KEYS>
                    <defs>
                        <marker id="arrow" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
                            <path class="arrow" d="M1 1 7 4 1 7z"></path>
                        </marker>
                        <marker id="arrow-critical" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
                            <path class="arrow critical" d="M1 1 7 4 1 7z"></path>
                        </marker>
                    </defs>
                    <g transform=transform>
                        {each(lines, move |line, _| edge(board, line))}
                        {each(nodes, move |key, _| node(board, address, key))}
                    </g>
                </svg>
            </div>
            <div class="graph-foot">
            <p class="legend quiet">
                <span><span class="knot holds" aria-hidden="true"></span> {text::LEGEND_HOLDS}</span>
                <span><span class="knot waits" aria-hidden="true"></span> {text::LEGEND_WAITS}</span>
                <span>
                    <svg class="legend-line" width="28" height="8" viewBox="0 0 28 8" aria-hidden="true"><path class="wait-line line" d="M2 4H26"></path></svg>
                    {text::LEGEND_LINE}
                </span>
            </p>
            <div class="graph-tools">
                <button type="button" class="icon-button" aria-label=text::ZOOM_OUT title=text::ZOOM_OUT on:click=move |_| board.zoom(1.0 / ZOOM)>{icon(Icon::Minus)}</button>
                <button type="button" class="icon-button" aria-label=text::ZOOM_IN title=text::ZOOM_IN on:click=move |_| board.zoom(ZOOM)>{icon(Icon::Plus)}</button>
                <button type="button" class="icon-button" aria-label=text::ZOOM_FIT title=text::ZOOM_FIT on:click=move |_| board.fit(0.2)>{icon(Icon::Fit)}</button>
                {part(move || is_open().then(|| view! {
                    <button type="button" class="button small" on:click=move |_| open.set(BTreeSet::new())>{text::FOLD_AGAIN}</button>
                }))}
            </div>
            </div>
        </section>
    }
}

/// What a session is at the moment.
fn node_of(board: Board, session: SessionId) -> Option<WaitNode> {
    board.waits.with(|waits| waits.sessions.iter().find(|node| node.session == session).cloned())
}

fn spot_of(board: Board, key: &Key) -> Option<Spot> {
    board.layout.with(|layout| layout.spots.get(key).copied())
}

fn node(board: Board, address: Address, key: Key) -> AnyView {
    let at = key.clone();
    let spot = Memo::new(move |before: Option<&Spot>| {
        spot_of(board, &at).or_else(|| before.copied()).unwrap_or_default()
    });
    let session = key.session();
    let info = Memo::new(move |before: Option<&Option<WaitNode>>| {
        let now = session.and_then(|session| node_of(board, session));
        now.or_else(|| before.cloned().flatten())
    });
    let read = move |what: fn(&WaitNode) -> bool| info.with(|node| node.as_ref().is_some_and(what));
    let this = key.clone();
    let dim = Memo::new(move |_| board.lit.with(|lit| lit.as_ref().is_some_and(|lit| !lit.contains(&this))));
    let is_chosen = Memo::new(move |_| session.is_some() && board.chosen.get() == session);
    let this = key.clone();
    // One of them can be reached with the tabulator: where the keyboard is, or the first.
    let is_current = Memo::new(move |_| match board.current.get() {
        Some(current) if board.layout.with(|layout| layout.spots.contains_key(&current)) => current == this,
        _ => board.picture.with(|picture| picture.nodes.first() == Some(&this)),
    });
    let element = NodeRef::<leptos::svg::G>::new();
    let this = key.clone();
    Effect::new(move || {
        let here = board.current.with(|current| current.as_ref() == Some(&this));
        if here
            && board.follow.get_value()
            && let Some(element) = element.get()
        {
            board.follow.set_value(false);
            let _ = element.unchecked_ref::<web_sys::HtmlElement>().focus();
        }
    });
    let (fold, pressed_key, focused) = (key.clone(), key.clone(), key.clone());
    let count = move || board.picture.with(|picture| picture.folded.get(&fold).map_or(0, Vec::len));
    let label = {
        let count = count.clone();
        move || match info.get() {
            Some(node) => text::node_label(
                &name_of(&node),
                node.holds.len(),
                node.waits.len(),
                node.behind,
                node.deadlocked,
            ),
            None => text::folded(count()),
        }
    };
    let name = {
        let count = count.clone();
        move || match info.get() {
            Some(node) => shorten(&name_of(&node), LETTERS.0),
            None => text::folded(count()),
        }
    };
    let below = move || {
        info.with(|node| match node {
            Some(node) if node.deadlocked => format!("{} · {}", text::DEADLOCK, text::behind(node.behind)),
            Some(node) if node.behind > 0 => text::behind(node.behind),
            Some(node) => node.client.clone().unwrap_or_else(|| super::short_session(node.session)),
            None => text::IN_LINE_TOO.to_owned(),
        })
    };
    let title = move || {
        info.with(|node| {
            node.as_ref().map(|node| {
                let parts = [Some(node.session.to_string()), node.identity.clone(), node.client.clone()];
                view! { <title>{parts.into_iter().flatten().collect::<Vec<_>>().join("\n")}</title> }
            })
        })
    };
    let badge = move || {
        if read(|node| node.deadlocked) {
            // The octagon of all that is critical.
            view! { <path class="node-alarm" d="M161.6 16.9h4.8l3.4 3.4v4.8l-3.4 3.4h-4.8l-3.4-3.4v-4.8zM164 19.6v3.4M164 25.6h.01"></path> }
                .into_any()
        } else if read(|node| node.root) {
            view! {
                <g class="node-head">
                    <title>{text::HEAD_HINT}</title>
                    <rect x="137" y="25" width="39" height="15" rx="3"></rect>
                    <text x="156.5" y="36" text-anchor="middle">{text::HEAD}</text>
                </g>
            }
            .into_any()
        } else {
            ().into_any()
        }
    };
    let holds = Memo::new(move |_| read(|node| !node.holds.is_empty()));
    view! {
        <g
            class="wait-node"
            class:fold=session.is_none()
            class:chosen=is_chosen
            class:dim=dim
            class:root=move || read(|node| node.root)
            class:deadlocked=move || read(|node| node.deadlocked)
            node_ref=element
            transform=move || {
                let (x, y) = corner(spot.get());
                format!("translate({x} {y})")
            }
            tabindex=move || if is_current.get() { "0" } else { "-1" }
            role="button"
            aria-label=label
            aria-pressed=move || session.map(|_| is_chosen.get().to_string())
            data-testid=if session.is_some() { "wait-node" } else { "wait-fold" }
            data-session=session.map(|session| session.to_string())
            on:click=move |_| {
                if !board.dragged.get_value() {
                    board.press(address, &pressed_key);
                }
            }
            on:focus=move |_| board.current.set(Some(focused.clone()))
        >
            {part(title)}
            <rect class="node-box" width=WIDTH.to_string() height=HEIGHT.to_string() rx="6"></rect>
            <circle class="node-knot" class:holds=holds cx="17" cy=(HEIGHT / 2.0).to_string() r="6"></circle>
            <text class="node-name" x="33" y="20">{name}</text>
            <text class="node-below" x="33" y="36">{below}</text>
            {part(badge)}
        </g>
    }
    .into_any()
}

fn edge(board: Board, line: Line) -> AnyView {
    let (from, to, this) = (line.from.clone(), line.to.clone(), line.clone());
    let way = Memo::new(move |before: Option<&(String, (f64, f64), bool)>| {
        let now = board.layout.with(|layout| {
            let (blocker, waiter) = (layout.spots.get(&from)?, layout.spots.get(&to)?);
            let closes = layout.closing.contains(&this);
            let (way, label) = graph::line(*blocker, *waiter, closes);
            Some((way, label, closes))
        });
        now.or_else(|| before.cloned()).unwrap_or_default()
    });
    let (from, to) = (line.from.clone(), line.to.clone());
    let dim = Memo::new(move |_| {
        board.lit.with(|lit| lit.as_ref().is_some_and(|lit| !(lit.contains(&from) && lit.contains(&to))))
    });
    let (from, to) = (line.from.session(), line.to.session());
    let in_circle = Memo::new(move |_| {
        let circle = |session: Option<SessionId>| {
            session.is_some_and(|session| {
                board.waits.with(|waits| {
                    waits.sessions.iter().any(|node| node.session == session && node.deadlocked)
                })
            })
        };
        circle(from) && circle(to)
    });
    // A line of those who wait for one lock names it once, at its beginning.
    let (blocker, lock) = (line.from.clone(), line.lock.clone());
    let named = Memo::new(move |_| {
        line.held
            || board
                .picture
                .with(|picture| !picture.lines.iter().any(|other| other.to == blocker && other.lock == lock))
    });
    let lock = line.lock.clone();
    let label = move || {
        named.get().then(|| {
            let end = lock.rsplit('/').next().unwrap_or_default().to_owned();
            let any = if line.any { text::ANY } else { "" };
            let whole = lock.clone();
            view! {
                <text class="line-label" x=move || way.get().1.0.to_string() y=move || way.get().1.1.to_string() text-anchor="middle">
                    <title>{whole}</title>
                    {shorten(&end, LETTERS.1)} {any}
                </text>
            }
        })
    };
    view! {
        <g class="wait-edge" class:dim=dim class:critical=in_circle>
            <path
                class="wait-line"
                class:line=!line.held
                class:any=line.any
                d=move || way.get().0
                marker-end=move || if in_circle.get() { "url(#arrow-critical)" } else { "url(#arrow)" }
            ></path>
            {part(label)}
        </g>
    }
    .into_any()
}

/// The keys of the picture.
fn pressed(board: Board, address: Address, event: &web_sys::KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let go = |direction: Direction| {
        let first = || board.picture.with_untracked(|picture| picture.nodes.first().cloned());
        let here = board.current.get_untracked().or_else(first);
        let next =
            here.and_then(|here| board.layout.with_untracked(|layout| neighbour(layout, &here, direction)));
        if let Some(next) = next {
            board.show(&next);
            board.follow.set_value(true);
            board.current.set(Some(next));
        }
    };
    match event.key().as_str() {
        "ArrowLeft" => go(Direction::Left),
        "ArrowRight" => go(Direction::Right),
        "ArrowUp" => go(Direction::Up),
        "ArrowDown" => go(Direction::Down),
        "+" | "=" => board.zoom(ZOOM),
        "-" => board.zoom(1.0 / ZOOM),
        "0" => board.fit(0.2),
        "Enter" | " " => {
            if let Some(key) = board.current.get_untracked() {
                board.press(address, &key);
            }
        }
        _ => return,
    }
    event.prevent_default();
    event.stop_propagation();
}

/// The wheel scrolls the page; with Ctrl, or as a pinch tells it, it zooms, and to the side it moves the picture.
fn turned(board: Board, event: &web_sys::WheelEvent) {
    if event.ctrl_key() || event.meta_key() {
        event.prevent_default();
        let place = board.window.get_untracked().map(|window| window.get_bounding_client_rect());
        let (left, top) = place.map_or((0.0, 0.0), |place| (place.left(), place.top()));
        let at = (f64::from(event.client_x()) - left, f64::from(event.client_y()) - top);
        let factor = (-event.delta_y() / 240.0).clamp(-0.5, 0.5).exp();
        board.lens.update(|lens| *lens = lens.zoomed(factor, at));
    } else if event.delta_x().abs() > event.delta_y().abs() {
        event.prevent_default();
        board.lens.update(|lens| *lens = lens.moved((-event.delta_x(), 0.0)));
    }
}

/// A press that moves takes the picture along until it ends, wherever that is.
fn drag(board: Board, event: &web_sys::PointerEvent) {
    board.dragged.set_value(false);
    if event.button() != 0 {
        return;
    }
    let start = (f64::from(event.client_x()), f64::from(event.client_y()));
    let lens = board.lens.get_untracked();
    let moved = window_event_listener(leptos::ev::pointermove, move |event| {
        let by = (f64::from(event.client_x()) - start.0, f64::from(event.client_y()) - start.1);
        if board.dragged.get_value() || by.0.hypot(by.1) > STILL {
            board.dragged.set_value(true);
            board.lens.set(lens.moved(by));
        }
    });
    let ends = Rc::new(RefCell::new(vec![moved]));
    let all = Rc::clone(&ends);
    let end = move || {
        all.borrow_mut().drain(..).for_each(WindowListenerHandle::remove);
        // The press itself comes after the end of it and asks whether it was one.
        request_animation_frame(move || board.dragged.set_value(false));
    };
    let (up, cancelled) = (end.clone(), end);
    let listeners = [
        window_event_listener(leptos::ev::pointerup, move |_| up()),
        window_event_listener(leptos::ev::pointercancel, move |_| cancelled()),
    ];
    ends.borrow_mut().extend(listeners);
}
