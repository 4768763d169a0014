//! When the page showed something: by its own clock, after the frame was drawn.

use super::Browser;

/// Notes the moment at which the page showed each value of an expression.
#[derive(Debug)]
pub struct Stopwatch<'a>(&'a Browser);

/// Spans in milliseconds.
#[derive(Debug, Clone, Default)]
pub struct Spans(Vec<i64>);

impl Browser {
    /// Watches an expression of JavaScript that gives a text or `null`, until the page is left.
    ///
    /// # Panics
    /// When it throws.
    pub async fn stopwatch(&self, expression: &str) -> Stopwatch<'_> {
        // A frame is on the screen when the task after its animation callbacks runs.
        let script = "
            const read = () => EXPRESSION;
            const asked = new Set();
            const shown = window.shownAt = new Map();
            const look = () => {
                const value = read();
                if (value === null || asked.has(value)) return;
                asked.add(value);
                requestAnimationFrame(() => setTimeout(() => shown.set(value, Date.now())));
            };
            const all = { subtree: true, childList: true, characterData: true, attributes: true };
            new MutationObserver(look).observe(document.body, all);
            look();";
        self.script(&script.replace("EXPRESSION", expression)).await;
        Stopwatch(self)
    }
}

impl Stopwatch<'_> {
    /// When the value was shown first, in milliseconds since the epoch.
    ///
    /// # Panics
    /// When it never is; a screenshot is kept.
    pub async fn shown(&self, value: &str) -> i64 {
        let script = format!("return window.shownAt.get({value:?}) ?? null");
        self.0
            .until(&format!("the page shows {value}"), async || {
                self.0.script(&script).await.as_i64().ok_or(())
            })
            .await
    }
}

impl Spans {
    /// Adds one.
    pub fn add(&mut self, millis: i64) {
        self.0.push(millis);
    }

    /// The span that this share of them does not exceed.
    pub fn percentile(&self, share: f64) -> i64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
        sorted.get(at).copied().unwrap_or_default()
    }

    /// Says the figures on standard error and returns the median.
    pub fn report(&self, what: &str) -> i64 {
        use std::io::Write as _;
        let [p50, p95, worst] = [0.5, 0.95, 1.0].map(|share| self.percentile(share));
        // Not `eprintln!`: the test runner would keep it to itself.
        let line = format!("{what}: {} changes, p50 {p50} ms, p95 {p95} ms, worst {worst} ms", self.0.len());
        writeln!(std::io::stderr().lock(), "{line}").ok();
        p50
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_spans() {
        let spans = Spans((1..=20).rev().collect());
        assert_eq!([0.5, 0.95, 1.0].map(|share| spans.percentile(share)), [10, 19, 20]);
        assert_eq!(Spans::default().percentile(0.5), 0);
    }
}
