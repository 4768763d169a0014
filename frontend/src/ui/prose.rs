//! Sentences of the server, in which what a program would read stands between backticks, and moments in UTC.

use leptos::prelude::*;
use zooscope_protocol::Timestamp;

use crate::duration;
use crate::live::Live;
use crate::moments::{Part, parts};
use crate::time::zone;
use crate::ui::duration::{absolute, since};

/// A sentence with its code set as code, and its moments as the operator's clock shows them.
pub(crate) fn prose(sentence: &str) -> impl IntoView + use<> {
    let part = |(at, part): (usize, &str)| {
        if at % 2 == 1 {
            let code = part.to_owned();
            return view! { <code>{code}</code> }.into_any();
        }
        let told = |part| match part {
            Part::Words(words) => str::to_owned(words).into_any(),
            Part::Moment(at) => moment(Timestamp(at)),
        };
        parts(part).into_iter().map(told).collect_view().into_any()
    };
    sentence.split('`').enumerate().map(part).collect_view()
}

/// The time of day, with how long ago that is.
fn moment(at: Timestamp) -> AnyView {
    // What is around it is not to be drawn anew with each second.
    let now = untrack(|| expect_context::<Live>().clock.now());
    let ago = (now > at.0).then(|| view! { " (" {since(move || Some(at))} " ago)" });
    let mut time = duration::moment(at.0, zone(at));
    // A server's sentence tells whole seconds.
    time.truncate("2026-01-31 12:00:00".len());
    let day = "2026-01-31 ".len();
    if time.get(..day) == duration::moment(now, zone(Timestamp(now))).get(..day) {
        time.drain(..day);
    }
    view! { <time class="num" title=absolute(at)>{time}</time> {ago} }.into_any()
}
