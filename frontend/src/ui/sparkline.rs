//! The depth of a queue over the last minutes, as a line.

use leptos::prelude::*;

use crate::spark::points;
use crate::text;

const WIDTH: f64 = 72.0;
const HEIGHT: f64 = 18.0;

/// A line through the readings.
pub(crate) fn sparkline(values: impl Fn() -> Vec<u32> + Send + Sync + 'static) -> impl IntoView {
    let values = Memo::new(move |_| values());
    let words = move || values.with(|values| text::trend(values.first().copied(), values.last().copied()));
    let line = move || values.with(|values| points(values, WIDTH, HEIGHT));
    let area = move || {
        let line = line();
        if line.is_empty() { line } else { format!("0,{HEIGHT} {line} {WIDTH},{HEIGHT}") }
    };
    view! {
        <svg class="spark" viewBox="0 0 72 18" width="72" height="18" role="img" aria-label=words preserveAspectRatio="none">
            <polygon points=area></polygon>
            <polyline points=line></polyline>
        </svg>
    }
}
