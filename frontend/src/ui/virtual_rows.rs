//! Long lists of which only the rows that can be seen are in the page.

use std::hash::Hash;
use std::ops::Range;
use std::time::Duration;

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use crate::order::{Order, Wanted};
use crate::time::local;
use crate::ui::each::each;
use crate::window::{scroll_to, visible};

/// A list narrower than this has rows of two lines.
pub(crate) const NARROW: f64 = 620.0;
/// The height of a row of one line and of two, as the style sheet has it.
const ROWS: [f64; 2] = [32.0, 56.0];

/// What a screen may ask of its list.
#[derive(Clone, Copy)]
pub(crate) struct ListHandle {
    container: NodeRef<Div>,
    row: RwSignal<f64>,
    /// The rows that are in the page.
    pub(crate) range: RwSignal<Range<usize>>,
    /// Whether somebody points at the list or moves in it.
    held: RwSignal<bool>,
}

impl ListHandle {
    /// A handle for a list that will be drawn.
    pub(crate) fn new() -> Self {
        Self {
            container: NodeRef::new(),
            row: RwSignal::new(ROWS[0]),
            range: RwSignal::new(0..0),
            held: RwSignal::new(false),
        }
    }

    /// The keys in the order in which they are shown, which follows that of `keys` in its own time; `source` tells where they come
    /// from.
    pub(crate) fn hold<K, S>(
        self,
        keys: Memo<Vec<K>>,
        source: impl Fn() -> S + Send + Sync + 'static,
    ) -> Memo<Order<K, S>>
    where
        K: Clone + Eq + Hash + Send + Sync + 'static,
        S: PartialEq + Send + Sync + 'static,
    {
        let looks = RwSignal::new(0_u32);
        let order = Memo::new(move |before: Option<&Order<K, S>>| {
            let (source, held, drawn) = (source(), self.held.get(), self.range.get_untracked());
            let (now, look) = (local(), looks.get());
            keys.with(|keys| Order::next(before, Wanted { keys, source, held, drawn, now, look }))
        });
        Effect::new(move || {
            // A look that changed nothing is followed by another all the same.
            looks.track();
            let look = move || {
                let _ = looks.try_update(|looks| *looks = looks.wrapping_add(1));
            };
            match order.with(|order| order.look_again) {
                Some(0) => {
                    if let Ok(frame) = request_animation_frame_with_handle(look) {
                        on_cleanup(move || frame.cancel());
                    }
                }
                Some(wait) => {
                    let wait = Duration::from_millis(wait.unsigned_abs());
                    if let Ok(timer) = set_timeout_with_handle(look, wait) {
                        on_cleanup(move || timer.clear());
                    }
                }
                None => {}
            }
        });
        order
    }

    /// Scrolls so that row `index` is seen.
    pub(crate) fn reveal(self, index: usize) {
        let Some(element) = self.container.get_untracked() else { return };
        let height = f64::from(element.client_height());
        if let Some(top) = scroll_to(index, self.row.get_untracked(), f64::from(element.scroll_top()), height)
        {
            element.set_scroll_top(top as i32);
        }
    }

    /// Scrolls to the first row.
    pub(crate) fn to_top(self) {
        if let Some(element) = self.container.get_untracked() {
            element.set_scroll_top(0);
        }
    }
}

/// How a list is told and what may happen in it.
#[derive(Clone, Copy)]
pub(crate) struct ListKind {
    /// The ARIA role: `grid` or `tree`.
    pub(crate) role: &'static str,
    /// The class that gives the columns.
    pub(crate) class: &'static str,
    /// Its name for those who do not see it.
    pub(crate) label: &'static str,
    /// Whether rows always have one line.
    pub(crate) one_line: bool,
}

/// The list of `count` rows of which `slice` gives the keys of a part. `render` draws a row from its key and its place;
/// what it shows it reads from signals, so that a row that stays is never drawn anew.
pub(crate) fn virtual_rows<K, S, F>(
    handle: ListHandle,
    kind: ListKind,
    head: AnyView,
    count: Memo<usize>,
    slice: S,
    render: F,
) -> impl IntoView
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    S: Fn(Range<usize>) -> Vec<K> + Send + Sync + 'static,
    F: Fn(K, Signal<usize>) -> AnyView + Clone + Send + Sync + 'static,
{
    let size = RwSignal::new((f64::MAX, 800.0));
    let top = RwSignal::new(0.0);
    let held = handle.held;
    let row = Memo::new(move |_| ROWS[usize::from(size.get().0 < NARROW && !kind.one_line)]);
    Effect::new(move || handle.row.set(row.get()));
    let range = Memo::new(move |_| visible(count.get(), row.get(), top.get(), size.get().1));
    Effect::new(move || handle.range.set(range.get()));
    observe_size(handle.container, size);

    let shown = move || slice(range.get());
    let draw = move |key: K, index: ReadSignal<usize>| {
        let place = Signal::derive(move || range.with(|range| range.start) + index.get());
        render(key, place)
    };
    // A list that is taken out of the page still says that the focus left it.
    let container = move || handle.container.try_get_untracked().flatten();
    let scrolled = move |_| {
        if let Some(element) = container() {
            top.set(f64::from(element.scroll_top()));
        }
    };
    let left = move |event: web_sys::FocusEvent| {
        let next = event.related_target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        let inside = container().is_some_and(|list| list.contains(next.as_ref()));
        if !inside {
            let _ = held.try_set(false);
        }
    };
    view! {
        <div
            class=format!("rows {}", kind.class)
            role=kind.role
            aria-label=kind.label
            aria-rowcount=move || (kind.role == "grid").then(|| (count.get() + 1).to_string())
            node_ref=handle.container
            on:scroll=scrolled
            on:pointerenter=move |event| held.set(event.pointer_type() == "mouse")
            on:pointerleave=move |_| held.set(false)
            on:focusin=move |_| held.set(true)
            on:focusout=left
        >
            {head}
            <div class="rows-space" role="presentation" style:height=move || format!("{}px", count.get() as f64 * row.get())>
                <div
                    class="rows-window"
                    role="presentation"
                    style:transform=move || format!("translateY({}px)", range.get().start as f64 * row.get())
                >
                    {each(shown, draw)}
                </div>
            </div>
        </div>
    }
}

/// Keeps `size` at the width and height of an element while it is in the page.
fn observe_size(element: NodeRef<Div>, size: RwSignal<(f64, f64)>) {
    let observer = StoredValue::new_local(None::<(web_sys::ResizeObserver, Closure<dyn FnMut()>)>);
    Effect::new(move || {
        let Some(element) = element.get() else { return };
        let measured = element.clone();
        let measure = move || {
            let now = (f64::from(measured.client_width()), f64::from(measured.client_height()));
            // A list that is hidden has no size; it keeps the one that it had.
            if now.0 > 0.0 {
                let _ = size.try_maybe_update(|known| (std::mem::replace(known, now) != now, ()));
            }
        };
        measure();
        let changed = Closure::<dyn FnMut()>::new(measure);
        if let Ok(watching) = web_sys::ResizeObserver::new(changed.as_ref().unchecked_ref()) {
            watching.observe(&element);
            observer.set_value(Some((watching, changed)));
        }
    });
    on_cleanup(move || {
        let _ = observer.try_update_value(|observer| {
            if let Some((watching, changed)) = observer.take() {
                watching.disconnect();
                drop(changed);
            }
        });
    });
}

/// The part of a list of keys that a range names, as far as there is one.
pub(crate) fn cut<K: Clone>(keys: &[K], range: Range<usize>) -> Vec<K> {
    keys.get(range.start..range.end.min(keys.len())).map(<[K]>::to_vec).unwrap_or_default()
}
