//! The tree: directories open where they stand, and only rows that can be seen exist.

use std::collections::{BTreeMap, HashMap};

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use zooscope_protocol::view::ChildList;
use zooscope_protocol::{Child, Content, SubscriptionId, View, ZnodePath};

use super::node::NodePanel;
use super::{short_recipe, short_session};
use crate::address::Address;
use crate::duration::{grouped, size};
use crate::live::{Cluster, Live};
use crate::outline::{Directory, Outline, Row, ancestors, parent, window_start};
use crate::route::Page;
use crate::text;
use crate::ui::empty::{empty, waiting_for};
use crate::ui::glow::glows;
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;
use crate::ui::virtual_rows::{ListHandle, ListKind, virtual_rows};

/// How many children of a directory are asked for at once.
const WINDOW: u32 = 500;

/// The directories that are open, each with its subscription.
#[derive(Clone, Copy)]
struct Open {
    live: Live,
    cluster: StoredValue<String>,
    windows: RwSignal<HashMap<String, Window>>,
}

/// The part of a directory that is subscribed to. While the next part has not come, the present one is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    shown: SubscriptionId,
    next: Option<SubscriptionId>,
    start: u32,
}

impl Open {
    fn open(self, path: &str) {
        if self.windows.with_untracked(|windows| windows.contains_key(path)) {
            return;
        }
        if let Some(shown) = self.subscribe(path, 0) {
            let window = Window { shown, next: None, start: 0 };
            self.windows.update(|windows| {
                windows.insert(path.to_owned(), window);
            });
        }
    }

    fn close(self, path: &str) {
        let inside = format!("{path}/");
        let mut ended = Vec::new();
        self.windows.update(|windows| {
            windows.retain(|known, window| {
                let goes = known == path || known.starts_with(&inside) || path == "/";
                if goes {
                    ended.push(*window);
                }
                !goes
            });
        });
        ended.into_iter().for_each(|window| self.end(window));
    }

    fn end(self, window: Window) {
        self.live.unsubscribe(window.shown);
        if let Some(next) = window.next {
            self.live.unsubscribe(next);
        }
    }

    fn subscribe(self, path: &str, start: u32) -> Option<SubscriptionId> {
        let path = ZnodePath::parse(path).ok()?;
        let view = View::Children { path, query: String::new(), start, limit: WINDOW };
        Some(self.cluster.with_value(|cluster| self.live.subscribe(cluster, view)))
    }

    /// Moves the window of a directory. Nothing is shown less until the new part has come.
    fn slide(self, path: &str, start: u32) {
        let Some(next) = self.subscribe(path, start) else { return };
        let mut before = None;
        self.windows.update(|windows| {
            if let Some(window) = windows.get_mut(path) {
                before = window.next.replace(next);
                window.start = start;
            }
        });
        if let Some(before) = before {
            self.live.unsubscribe(before);
        }
    }

    /// Shows the parts that have come. Tracks.
    fn settle(self) {
        let come: Vec<(String, Window)> = self.windows.with(|windows| {
            let waiting = windows
                .iter()
                .filter(|(_, window)| window.next.is_some_and(|next| self.live.has_content(next)));
            waiting.map(|(path, window)| (path.clone(), *window)).collect()
        });
        for (path, window) in come {
            self.live.unsubscribe(window.shown);
            self.windows.update(|windows| {
                if let (Some(known), Some(next)) = (windows.get_mut(&path), window.next) {
                    *known = Window { shown: next, next: None, start: window.start };
                }
            });
        }
    }

    /// Reads what is known of a directory. Tracks.
    fn with<T>(self, path: &str, read: impl FnOnce(&ChildList) -> T) -> Option<T> {
        let shown = self.windows.with(|windows| windows.get(path).map(|window| window.shown))?;
        self.live.with(shown, |content| match content {
            Some(Content::Children(list)) => Some(read(list)),
            _ => None,
        })
    }

    /// Why the root was refused. Tracks.
    fn refused(self) -> Option<String> {
        let root = self.windows.with(|windows| windows.get("/").map(|window| window.shown))?;
        self.live.refused(root)
    }

    /// The layout of all that is open. Tracks.
    fn outline(self) -> Outline {
        let paths: Vec<String> = self.windows.with(|windows| windows.keys().cloned().collect());
        let directory = |path: String| {
            let known = self.with(&path, |list| Directory {
                total: list.total as usize,
                start: list.start as usize,
                names: list.rows.iter().map(|child| child.name.clone()).collect(),
            });
            (path, known.unwrap_or_default())
        };
        Outline::new(paths.into_iter().map(directory).collect::<BTreeMap<_, _>>())
    }

    /// A child as it is now. Tracks.
    fn child(self, row: &Row) -> Option<Child> {
        let name = row.name.as_deref()?;
        self.with(&row.parent, |list| {
            list.rows
                .binary_search_by(|child| child.name.as_str().cmp(name))
                .ok()
                .map(|at| list.rows[at].clone())
        })?
    }
}

/// The tree, with the chosen znode beside it.
#[component]
pub(crate) fn Tree() -> impl IntoView {
    let address = expect_context::<Address>();
    let live = expect_context::<Live>();
    let cluster = address.here().map(|here| here.cluster).unwrap_or_default();
    let open = Open { live, cluster: StoredValue::new(cluster), windows: RwSignal::new(HashMap::new()) };
    let chosen = Memo::new(move |_| match address.place()?.page {
        Page::Tree(path) => path,
        _ => None,
    });
    let handle = ListHandle::new();
    let outline = Memo::new(move |_| open.outline());
    open.open("/");
    Effect::new(move || open.settle());
    follow_chosen(open, chosen, outline, handle);
    slide_windows(open, outline, handle);
    on_cleanup(move || {
        let windows = open.windows.try_get_untracked().unwrap_or_default();
        windows.into_values().for_each(|window| open.end(window));
    });

    let cluster = expect_context::<Cluster>();
    let ready = Memo::new(move |_| !cluster.blank.get() && outline.with(Outline::len) > 1);
    let panel = move || match chosen.get() {
        Some(path) => view! { <NodePanel path/> }.into_any(),
        None => empty(Icon::Tree, text::CHOOSE_TITLE, text::CHOOSE_BODY),
    };
    view! {
        <div class="split tree-split" class:open=move || chosen.get().is_some()>
            <section class="page" aria-label=text::TREE>
                <header class="page-head">
                    <h1>{text::TREE}</h1>
                </header>
                {part(move || if ready.get() { rows(open, outline, handle, chosen).into_any() } else { waiting_for(move || open.refused(), 10) })}
            </section>
            <section class="page scrolls" aria-label=text::NODE>{part(panel)}</section>
        </div>
    }
}

/// Opens the way to the znode that the address names, and brings it into sight once.
fn follow_chosen(open: Open, chosen: Memo<Option<String>>, outline: Memo<Outline>, handle: ListHandle) {
    let sought = RwSignal::new(None::<String>);
    Effect::new(move || {
        let path = chosen.get();
        for above in path.iter().flat_map(|path| ancestors(path)) {
            open.open(&above);
        }
        sought.set(path);
    });
    Effect::new(move || {
        let Some(path) = sought.get() else { return };
        if let Some(at) = outline.with(|outline| outline.position(&path)) {
            sought.set(None);
            // The rows are drawn first; only then can the list be scrolled so far.
            request_animation_frame(move || handle.reveal(at));
        }
    });
}

/// Moves the windows of large directories to where the operator looks.
fn slide_windows(open: Open, outline: Memo<Outline>, handle: ListHandle) {
    Effect::new(move || {
        let range = handle.range.get();
        let shown = outline.with(|outline| outline.shown(range));
        for (path, part) in shown {
            let Some(window) = open.windows.with_untracked(|windows| windows.get(&path).copied()) else {
                continue;
            };
            let total = untrack(|| open.with(&path, |list| list.total)).unwrap_or(0) as usize;
            if let Some(start) = window_start(&part, window.start as usize, WINDOW as usize, total) {
                open.slide(&path, start as u32);
            }
        }
    });
}

fn rows(
    open: Open,
    outline: Memo<Outline>,
    handle: ListHandle,
    chosen: Memo<Option<String>>,
) -> impl IntoView {
    let count = Memo::new(move |_| outline.with(Outline::len));
    let slice = move |range| outline.with(|outline| outline.rows(range));
    let kind = ListKind { role: "tree", class: "t-tree", label: text::TREE_LABEL, one_line: true };
    // One row can be reached with Tab: the chosen one, or else the first.
    let reachable = Memo::new(move |_| chosen.get().unwrap_or_else(|| "/".to_owned()));
    let row = move |row: Row, _: Signal<usize>| tree_row(open, row, chosen, reachable);
    virtual_rows(handle, kind, ().into_any(), count, slice, row)
}

fn tree_row(open: Open, row: Row, chosen: Memo<Option<String>>, reachable: Memo<String>) -> AnyView {
    let address = expect_context::<Address>();
    let Some(path) = row.path() else {
        return view! { <div class="row" role="presentation"><span class="bone"></span></div> }.into_any();
    };
    let is_root = row.parent.is_empty();
    let depth = row.depth;
    let (name, level) = (row.name.clone().unwrap_or_else(|| "/".to_owned()), row.depth + 1);
    let (position, siblings) = (row.index + 1, row.siblings);
    let shape = row.clone();
    let child = Memo::new(move |before: Option<&Option<Child>>| {
        open.child(&shape).or_else(|| before.cloned().flatten())
    });
    let at = path.clone();
    let is_open = Memo::new(move |_| open.windows.with(|windows| windows.contains_key(&at)));
    let children = move || child.with(|child| child.as_ref().map_or(0, |child| child.num_children));
    let has_children = Memo::new(move |_| is_root || children() > 0 || is_open.get());
    let this = path.clone();
    let is_chosen = Memo::new(move |_| chosen.with(|chosen| chosen.as_deref() == Some(&this)));
    let glow = glows(move || child.with(|_| ()));

    let at = path.clone();
    let toggle = move || if is_open.get_untracked() { open.close(&at) } else { open.open(&at) };
    let to = path.clone();
    let choose = move || address.open(Page::Tree(Some(to.clone())));
    let twist = {
        let toggle = toggle.clone();
        move |event: web_sys::MouseEvent| {
            event.stop_propagation();
            toggle();
        }
    };
    let keys = {
        let (toggle, choose, path) = (toggle, choose.clone(), path.clone());
        move |event: web_sys::KeyboardEvent| {
            let (opened, may_open) = (is_open.get_untracked(), has_children.get_untracked());
            match event.key().as_str() {
                "ArrowDown" => focus_beside(&event, true),
                "ArrowUp" => focus_beside(&event, false),
                "ArrowRight" if !opened && may_open => toggle(),
                "ArrowRight" if opened => focus_beside(&event, true),
                "ArrowLeft" if opened => toggle(),
                "ArrowLeft" => focus_path(parent(&path)),
                "Home" => focus_path(Some("/")),
                "Enter" | " " => choose(),
                _ => return,
            }
            event.prevent_default();
            event.stop_propagation();
        }
    };
    let chips = move || {
        child.with(|child| {
            let child = child.as_ref()?;
            let owner = child.session.map(|session| view! { <span class="chip" title=session.to_string()>{text::EPHEMERAL} " " {short_session(session)}</span> });
            let refused = (!child.readable).then(|| view! { <span class="chip warn">{text::NO_AUTH}</span> });
            let recipe = child.recipe.as_ref().map(|recipe| view! { <span class="chip accent" title=recipe.to_string()>{short_recipe(recipe)}</span> });
            Some(view! { {recipe} {owner} {refused} })
        })
    };
    let numbers = move || {
        child.with(|child| {
            let child = child.as_ref()?;
            let children = u64::try_from(child.num_children).unwrap_or(0);
            let length = u64::try_from(child.data_length).unwrap_or(0);
            Some(view! {
                <span class="num quiet count">{(children > 0).then(|| grouped(children))}</span>
                <span class="num quiet bytes">{(length > 0).then(|| size(length))}</span>
            })
        })
    };
    let reach = path.clone();
    view! {
        <div
            class="row"
            class:chosen=is_chosen
            role="treeitem"
            tabindex=move || if reachable.with(|reachable| *reachable == reach) { "0" } else { "-1" }
            data-row=""
            data-testid="tree-row"
            data-path=path.clone()
            attr:aria-level=level.to_string()
            aria-setsize=siblings.to_string()
            aria-posinset=position.to_string()
            aria-expanded=move || has_children.get().then(|| is_open.get().to_string())
            aria-selected=move || is_chosen.get().to_string()
            on:click=move |_| choose()
            on:keydown=keys
        >
            <span class="indent" style:width=format!("{}px", depth * 18)></span>
            {part(move || {
                if has_children.get() {
                    view! {
                        <span class="twist" class:open=is_open on:click=twist.clone() aria-hidden="true">{icon(Icon::Chevron)}</span>
                    }
                    .into_any()
                } else {
                    view! { <span class="twist" aria-hidden="true"></span> }.into_any()
                }
            })}
            <span class=move || format!("name mono {}", glow()) title=path.clone()>{name}</span>
            {part(chips)}
            <span class="spring"></span>
            {part(numbers)}
        </div>
    }
    .into_any()
}

/// Moves the focus to the neighbouring row.
fn focus_beside(event: &web_sys::KeyboardEvent, forward: bool) {
    let here = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let next = here
        .and_then(|row| if forward { row.next_element_sibling() } else { row.previous_element_sibling() });
    if let Some(row) = next.and_then(|row| row.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = row.focus();
    }
}

/// Moves the focus to the row of a path, if it is in the page.
fn focus_path(path: Option<&str>) {
    let Some(path) = path else { return };
    let Ok(rows) = document().query_selector_all("[role=treeitem]") else { return };
    let rows = (0..rows.length()).filter_map(|at| rows.item(at)?.dyn_into::<web_sys::HtmlElement>().ok());
    for row in rows {
        if row.get_attribute("data-path").as_deref() == Some(path) {
            let _ = row.focus();
            return;
        }
    }
}
