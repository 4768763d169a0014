//! Short messages at the edge of the screen.

use std::time::Duration;

use leptos::prelude::*;

use crate::duration::Level;
use crate::text;
use crate::ui::badge;
use crate::ui::each::each;
use crate::ui::icon::{Icon, icon};

/// At most so many are shown; the oldest goes first.
const MOST: usize = 4;

/// The messages. Copies are the same ones.
#[derive(Clone, Copy)]
pub(crate) struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
}

/// A button of a message: what it says, and what it does.
pub(crate) type Lead = (&'static str, Callback<()>);

#[derive(Clone)]
struct Toast {
    id: u32,
    level: Level,
    words: String,
    lead: Option<Lead>,
}

impl Toasts {
    /// No message.
    pub(crate) fn new() -> Self {
        Self { shown: RwSignal::new(Vec::new()), next: StoredValue::new(0) }
    }

    /// Shows a message: for six seconds when all is well (20 when it leads somewhere), until it is taken away when not.
    pub(crate) fn say(self, level: Level, words: String) {
        self.show(level, words, None);
    }

    /// Shows a message with a button that leads somewhere. Returns what takes it away.
    pub(crate) fn lead(self, level: Level, words: String, lead: Lead) -> u32 {
        self.show(level, words, Some(lead))
    }

    fn show(self, level: Level, words: String, lead: Option<Lead>) -> u32 {
        let stays = if lead.is_some() { 20 } else { 6 };
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        self.shown.update(|shown| {
            shown.push(Toast { id, level, words, lead });
            let surplus = shown.len().saturating_sub(MOST);
            shown.drain(..surplus);
        });
        if level == Level::Ok {
            set_timeout(move || self.drop(id), Duration::from_secs(stays));
        }
        id
    }

    /// Takes a message away.
    pub(crate) fn drop(self, id: u32) {
        self.shown.update(|shown| shown.retain(|toast| toast.id != id));
    }
}

/// Where the messages are shown.
#[component]
pub(crate) fn ToastList() -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let ids = move || toasts.shown.with(|shown| shown.iter().map(|toast| toast.id).collect::<Vec<_>>());
    let row = move |id: u32, _| {
        let toast =
            toasts.shown.with_untracked(|shown| shown.iter().find(|toast| toast.id == id).cloned())?;
        let lead = toast.lead.map(|(words, lead)| {
            let press = move |_| {
                toasts.drop(id);
                lead.run(());
            };
            view! { <button type="button" class="link" data-testid="toast-lead" on:click=press>{words}</button> }
        });
        Some(view! {
            <div class=format!("toast {}", badge::class(toast.level)) data-testid="toast">
                {badge::mark(toast.level)} <span>{toast.words}</span> {lead}
                <button type="button" class="icon-button" aria-label=text::DISMISS on:click=move |_| toasts.drop(id)>
                    {icon(Icon::Close)}
                </button>
            </div>
        })
    };
    view! {
        <div class="toasts" role="status" aria-live="polite">
            {each(ids, row)}
        </div>
    }
}
