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
    let past = expect_context::<Live>().clock.since(at) > 0;
    let ago = past.then(|| view! { " (" {since(move || Some(at))} " ago)" });
    let mut time = duration::time_of_day(at.0, zone(at));
    // A server's sentence tells whole seconds.
    time.truncate("12:00:00".len());
    view! { <time class="num" title=absolute(at)>{time}</time> {ago} }.into_any()
}
