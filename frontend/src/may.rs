//! What whoever is signed in may do at a place: asked once for each place, kept until it may have changed.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::api::{DeedBody, MayBody};

use crate::address::Address;
use crate::api;
use crate::who::Who;

/// How many places are kept; beyond it all are asked for anew.
const MOST: usize = 512;
/// How many places wait to be asked for. A list that is scrolled through leaves behind what nobody looks at any more.
const QUEUE: usize = 64;
/// How many are asked for at once.
const AT_ONCE: u32 = 4;

/// A cluster and a path.
type At = (String, String);

/// The answers. Copies are the same ones.
#[derive(Clone, Copy)]
pub(crate) struct May {
    who: Who,
    inner: StoredValue<Inner, LocalStorage>,
}

#[derive(Default)]
struct Inner {
    known: RefCell<HashMap<At, Known>>,
    queue: RefCell<VecDeque<At>>,
    asking: Cell<u32>,
}

struct Known {
    answer: ArcRwSignal<Option<MayBody>>,
    /// The turn for which it was asked.
    turn: u64,
}

impl May {
    /// Nothing is asked yet.
    pub(crate) fn new(who: Who) -> Self {
        Self { who, inner: StoredValue::new_local(Inner::default()) }
    }

    /// Why a deed may not be done at a path; `None` where it may, and before the console has told. Tracks.
    pub(crate) fn hindrance(self, cluster: &str, path: &str, deed: &str) -> Option<String> {
        self.deed(cluster, path, deed).filter(|deed| !deed.allowed).and_then(|deed| deed.because)
    }

    /// Whether a deed may be done at a path, and what it demands; `None` before the console has told. Tracks.
    pub(crate) fn deed(self, cluster: &str, path: &str, deed: &str) -> Option<DeedBody> {
        let answer = self.at(cluster, path)?;
        answer.with(|answer| answer.as_ref()?.deeds.iter().find(|known| known.deed == deed).cloned())
    }

    fn at(self, cluster: &str, path: &str) -> Option<ArcRwSignal<Option<MayBody>>> {
        let turn = self.who.turn();
        if turn == 0 || cluster.is_empty() {
            return None;
        }
        let at = (cluster.to_owned(), path.to_owned());
        let (answer, asked) = self.inner.with_value(|inner| {
            let mut known = inner.known.borrow_mut();
            if known.len() >= MOST && !known.contains_key(&at) {
                known.clear();
            }
            let entry =
                known.entry(at.clone()).or_insert_with(|| Known { answer: ArcRwSignal::new(None), turn: 0 });
            let asked = std::mem::replace(&mut entry.turn, turn) == turn;
            (entry.answer.clone(), asked)
        });
        if !asked {
            self.ask(at);
        }
        Some(answer)
    }

    fn ask(self, at: At) {
        self.inner.with_value(|inner| {
            let mut queue = inner.queue.borrow_mut();
            queue.push_back(at);
            if queue.len() > QUEUE
                && let Some(left) = queue.pop_front()
            {
                inner.known.borrow_mut().remove(&left);
            }
        });
        self.go_on();
    }

    /// Asks for what waits, the newest first: that is what is on the screen.
    fn go_on(self) {
        let next = self.inner.try_with_value(|inner| {
            let next = (inner.asking.get() < AT_ONCE).then(|| inner.queue.borrow_mut().pop_back()).flatten();
            if next.is_some() {
                inner.asking.set(inner.asking.get() + 1);
            }
            next
        });
        let Some((cluster, path)) = next.flatten() else { return };
        spawn_local(async move {
            let answer = api::may(&cluster, &path).await;
            let told = self.inner.try_with_value(|inner| {
                inner.asking.set(inner.asking.get().saturating_sub(1));
                let at = (cluster, path);
                match answer {
                    Ok(answer) => inner.known.borrow().get(&at).map(|known| (known.answer.clone(), answer)),
                    Err(_) => {
                        inner.known.borrow_mut().remove(&at);
                        None
                    }
                }
            });
            if let Some((signal, answer)) = told.flatten() {
                signal.set(Some(answer));
            }
            self.go_on();
        });
    }
}

/// Why something may not be done that is about no place in particular; `None` where it may. Tracks when it is called.
pub(crate) fn hindrance_of(deed: &'static str) -> impl Fn() -> Option<String> + Copy + Send + Sync {
    let (may, address) = (expect_context::<May>(), expect_context::<Address>());
    move || may.hindrance(&address.cluster(), "/", deed)
}
