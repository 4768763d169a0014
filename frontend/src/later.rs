//! The program that no first screen needs. It is a file of its own: the browser asks for it when the first screen is drawn,
//! or at once when something of it is opened before, so that nobody waits for what they do not look at, and a page that later
//! loses its console still has all of its program.
//!
//! `draw` is the one seam. What only it calls is in the later file; what is called from elsewhere as well is in the first. So
//! nothing else may call what draws a [`Piece`].

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use wasm_bindgen_futures::spawn_local;

use crate::app::frozen::{Switch, freeze};
use crate::app::help::keys;
use crate::app::person::prove_dialog;
use crate::app::sign_ins::sign_ins;
use crate::bulk::Shown;
use crate::link::LinkState;
use crate::live::Live;
use crate::review::Review;
use crate::ui::bulk_sheet::bulk_sheet;
use crate::ui::dialog::{head, modal};
use crate::ui::empty::skeleton;
use crate::ui::icon::{Icon, sized};
use crate::ui::part::part;
use crate::ui::plan_dialog::plan_sheet;
use crate::{pages, text};

/// What is drawn by the later program.
#[derive(Clone)]
pub(crate) enum Piece {
    // The screens.
    Queues,
    Waits,
    Sessions,
    Findings,
    Recipes,
    Tree,
    Events,
    Approvals,
    Audit,
    // What a press opens over a screen.
    Plan(Review),
    Bulk(Shown),
    Keys(RwSignal<bool>),
    Freeze(bool, Switch),
    Prove(RwSignal<bool>),
    SignIns(RwSignal<bool>),
}

#[allow(
    unsafe_code,
    reason = "the call into another file of the program: the macro writes it, and says why it is sound"
)]
#[wasm_split(
    later,
    fallible,
    wasm_split_path = ::leptos::wasm_split,
    preload(#[allow(unsafe_code, reason = "as for the call itself")] load)
)]
fn draw(piece: Piece) -> Result<AnyView, SplitLoaderError> {
    Ok(match piece {
        Piece::Queues => pages::queues::Queues().into_any(),
        Piece::Waits => pages::waits::Waits().into_any(),
        Piece::Sessions => pages::sessions::Sessions().into_any(),
        Piece::Findings => pages::findings::Findings().into_any(),
        Piece::Recipes => pages::recipes::Recipes().into_any(),
        Piece::Tree => pages::tree::Tree().into_any(),
        Piece::Events => pages::events::Events().into_any(),
        Piece::Approvals => pages::approvals::Approvals().into_any(),
        Piece::Audit => pages::audit::Audit().into_any(),
        Piece::Plan(review) => plan_sheet(review),
        Piece::Bulk(shown) => bulk_sheet(shown),
        Piece::Keys(open) => keys(open),
        Piece::Freeze(on, switch) => freeze(on, switch),
        Piece::Prove(proving) => prove_dialog(proving),
        Piece::SignIns(listing) => sign_ins(listing),
    })
}

/// After this long the page offers a way on; should it come even so, it is taken.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where the later program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nobody has asked for it.
    Away,
    /// It is asked for.
    Coming,
    /// It is there for good.
    Here,
    /// It has not come for long. What was asked for is waited for still, and asked for only by a page that is loaded anew.
    Late,
    /// It did not come. Whoever needs it next asks again.
    Failed,
}

/// The later program. Copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Later(RwSignal<Stage>);

impl Later {
    /// Asks for it when the first screen is drawn, and again when the console comes back after it could not be had.
    pub(crate) fn follow(live: Live) -> Self {
        let later = Self(RwSignal::new(Stage::Away));
        Effect::new(move || {
            if live.settled.get() && live.link.get() == LinkState::Open {
                // With the next frame, so that what has come is on the screen first.
                request_animation_frame(move || later.fetch());
            }
        });
        later
    }

    fn fetch(self) {
        if matches!(self.0.get_untracked(), Stage::Coming | Stage::Late | Stage::Here) {
            return;
        }
        self.0.set(Stage::Coming);
        let given_up = move || {
            let _ = self.0.try_set(Stage::Late);
        };
        let waiting = set_timeout_with_handle(given_up, PATIENCE).ok();
        spawn_local(async move {
            let stage = if load().await.is_ok() { Stage::Here } else { Stage::Failed };
            if let Some(waiting) = waiting {
                waiting.clear();
            }
            let _ = self.0.try_set(stage);
        });
    }

    /// The piece, at once where its program is there; `meanwhile` draws what stands there until it is.
    fn show(self, piece: Piece, meanwhile: impl Fn(Stage) -> AnyView + Send + 'static) -> AnyView {
        if self.0.get_untracked() == Stage::Here {
            return now(piece).unwrap_or_else(|| meanwhile(Stage::Failed));
        }
        self.fetch();
        part(move || match self.0.get() {
            Stage::Here => now(piece.clone()).unwrap_or_else(|| meanwhile(Stage::Failed)),
            stage => meanwhile(stage),
        })
        .into_any()
    }
}

/// A screen of the later program.
pub(crate) fn screen(piece: Piece) -> AnyView {
    let later = expect_context::<Later>();
    later.show(piece, move |stage| match stage {
        Stage::Failed | Stage::Late => missing(later, stage),
        _ => skeleton(8),
    })
}

/// A dialog of the later program; `close` is called when the operator does not wait for it.
pub(crate) fn dialog(piece: Piece, close: impl Fn() + Send + Sync + 'static) -> AnyView {
    dialog_that(piece, Callback::new(move |()| close()))
}

fn dialog_that(piece: Piece, close: Callback<()>) -> AnyView {
    let later = expect_context::<Later>();
    later.show(piece, move |stage| {
        let body = match stage {
            Stage::Failed | Stage::Late => missing(later, stage),
            _ => skeleton(3),
        };
        let content = view! {
            <div class="card">
                {head(view! { <h2>{text::LOADING}</h2> }, move || close.run(()))}
                {body}
            </div>
        };
        modal("ask", text::LOADING, "later-dialog", move || close.run(()), content.into_any()).into_any()
    })
}

/// Calls into the later program, which is there: the call that waits for it is over at its first step.
fn now(piece: Piece) -> Option<AnyView> {
    untrack(|| match pin!(draw(piece)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(view)) => Some(view),
        Poll::Ready(Err(_)) | Poll::Pending => None,
    })
}

/// It could not be had: the console was updated and has it no more, or the network is away.
fn missing(later: Later, stage: Stage) -> AnyView {
    let reload = move |_| {
        let _ = window().location().reload();
    };
    let title = if stage == Stage::Late { text::LATER_LONG } else { text::LATER_TITLE };
    let again = (stage == Stage::Failed).then(|| {
        view! {
            <button type="button" class="button" data-testid="later-again" on:click=move |_| later.fetch()>
                {text::TRY_AGAIN}
            </button>
        }
    });
    view! {
        <div class="empty" role="alert" data-testid="later-missing">
            <span class="mark warn">{sized(Icon::Warn, "28")}</span>
            <p class="strong">{title}</p>
            <p class="soft">{text::LATER_BODY}</p>
            <div class="sheet-actions">
                {again}
                <button type="button" class="button" data-testid="later-reload" on:click=reload>{text::RELOAD}</button>
            </div>
        </div>
    }
    .into_any()
}
