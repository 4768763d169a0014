//! Time that ticks.

use leptos::prelude::*;
use zooscope_protocol::{Peer, Timestamp};

use crate::duration::{self, Level, UNKNOWN};
use crate::live::Live;
use crate::text;
use crate::time::zone;
use crate::ui::badge;

/// The time since a moment: it ticks, and says the moment itself when it is pointed at.
pub(crate) fn since(moment: impl Fn() -> Option<Timestamp> + Send + Sync + 'static) -> impl IntoView {
    since_at(moment, || Level::Ok)
}

/// The same, coloured by how serious it is. Whether it lasts too long the server says, by the thresholds of its configuration.
pub(crate) fn since_at(
    moment: impl Fn() -> Option<Timestamp> + Send + Sync + 'static,
    level: impl Fn() -> Level + Send + Sync + 'static,
) -> impl IntoView {
    let clock = expect_context::<Live>().clock;
    let moment = Memo::new(move |_| moment());
    let level = Memo::new(move |_| level());
    let words =
        move || moment.get().map_or_else(|| UNKNOWN.to_owned(), |at| duration::ticking(clock.since(at)));
    view! {
        <time
            class=move || format!("num {}", badge::class(level.get()))
            title=move || moment.get().map(absolute)
        >
            {words}
        </time>
    }
}

/// The time until a session ends: it counts down. A client that is well is heard from when a third of its time-out has
/// gone by; what is left of less than a third is worth watching, of less than a sixth a warning.
pub(crate) fn expiry(peer: impl Fn() -> Option<Peer> + Send + Sync + 'static) -> impl IntoView {
    const USUAL_TIMEOUT: u32 = 15_000;
    let clock = expect_context::<Live>().clock;
    let ends = Memo::new(move |_| {
        peer()
            .map(|peer| (peer.expires, i64::from(peer.timeout_ms.unwrap_or(USUAL_TIMEOUT))))
            .unwrap_or_default()
    });
    let moment = move || ends.get().0;
    let left = move || moment().map(|at| at.0 - clock.now());
    let level = Memo::new(move |_| match left() {
        Some(left) if left * 6 < ends.get().1 => Level::Warn,
        Some(left) if left * 3 < ends.get().1 => Level::Watch,
        _ => Level::Ok,
    });
    let words = move || left().map_or_else(|| UNKNOWN.to_owned(), duration::left);
    view! {
        <time
            class=move || format!("num {}", badge::class(level.get()))
            title=move || moment().map(absolute)
        >
            {words}
        </time>
    }
}

/// The time until a moment: it counts down to `now`, and is worth watching in its last minute.
pub(crate) fn until(moment: Timestamp) -> impl IntoView + use<> {
    const SOON: i64 = 60_000;
    let clock = expect_context::<Live>().clock;
    let left = move || moment.0 - clock.now();
    let level = Memo::new(move |_| if left() < SOON { Level::Watch } else { Level::Ok });
    view! {
        <time class=move || format!("num {}", badge::class(level.get())) title=absolute(moment)>
            {move || duration::left(left())}
        </time>
    }
}

/// A moment as the operator's clock shows it, and in UTC.
pub(crate) fn absolute(moment: Timestamp) -> String {
    let here = duration::moment(moment.0, zone(moment));
    text::moment(&here, &duration::moment(moment.0, 0))
}

/// The time of day of a moment, with the whole moment when it is pointed at.
pub(crate) fn time_of_day(moment: Timestamp) -> impl IntoView + use<> {
    let words = duration::time_of_day(moment.0, zone(moment));
    view! { <time class="num" title=absolute(moment)>{words}</time> }
}
