//! How smoothly a page runs: its frames, its memory, and how long something takes to be on it.

use std::time::Duration;

use serde_json::{Value, json};

use super::Browser;

/// The times between the frames of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Frames {
    /// How many.
    pub count: usize,
    /// The one that half of them do not exceed, in milliseconds.
    pub median: f64,
    /// The longest, in milliseconds.
    pub worst: f64,
    /// How many took over 50 ms.
    pub over_50: usize,
    /// How many tasks of the page itself took over 50 ms, by the browser's word. A frame that is late without one waited for a
    /// processor.
    pub long_tasks: usize,
}

impl Browser {
    /// Lets the page draw for so long while `each`, a statement, runs before each frame, and tells how long the frames took.
    ///
    /// # Panics
    /// When the page does not answer.
    pub async fn frames(&self, span: Duration, each: &str) -> Frames {
        // The answer comes after the span, and a script may run for half a minute by itself.
        let begin = format!(
            "window.pace = {{ took: [], long: 0, last: performance.now(), end: performance.now() + {} }}; \
             new PerformanceObserver(list => window.pace.long += list.getEntries().length).observe({{ type: 'longtask' }}); \
             const step = now => {{ const pace = window.pace; pace.took.push(now - pace.last); pace.last = now; {each}; \
             if (now < pace.end) requestAnimationFrame(step); else pace.over = true; }}; \
             requestAnimationFrame(now => {{ window.pace.last = now; requestAnimationFrame(step); }});",
            span.as_millis()
        );
        self.script(&begin).await;
        tokio::time::sleep(span).await;
        self.until("the frames are counted", async || {
            let over = self.script("return window.pace.over === true").await;
            if over == json!(true) { Ok(()) } else { Err(over) }
        })
        .await;
        let took = self.script("return window.pace.took").await;
        let mut took: Vec<f64> = took.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        took.sort_by(f64::total_cmp);
        let long = self.script("return window.pace.long").await;
        Frames {
            long_tasks: long.as_u64().map_or(0, |long| long as usize),
            count: took.len(),
            median: took.get(took.len() / 2).copied().unwrap_or_default(),
            worst: took.last().copied().unwrap_or_default(),
            over_50: took.iter().filter(|took| **took > 50.0).count(),
        }
    }

    /// What the page's scripts hold after their garbage is collected, in bytes: objects and the program's own memory.
    ///
    /// # Panics
    /// When the page does not answer.
    pub async fn heap(&self) -> u64 {
        self.devtools("HeapProfiler.collectGarbage", json!({})).await;
        let used = self.devtools("Runtime.getHeapUsage", json!({})).await;
        // A WebAssembly memory is a backing store.
        let bytes = |key: &str| used[key].as_f64().unwrap_or_default() as u64;
        bytes("usedSize") + bytes("backingStorageSize")
    }

    /// How long it takes from a statement until an expression is true, in milliseconds, looked at before each frame.
    ///
    /// # Panics
    /// When it is not within half a minute.
    pub async fn time_until(&self, statement: &str, expression: &str) -> f64 {
        let script = format!(
            "const done = arguments[arguments.length - 1]; const start = performance.now(); {statement}; \
             const look = () => {{ if ({expression}) done(performance.now() - start); else requestAnimationFrame(look); }}; look();"
        );
        let answer = self.client.execute_async(&script, Vec::new()).await.expect("the page answers");
        answer.as_f64().expect("a number of milliseconds")
    }

    /// How long after its navigation began an expression was true in the page, in milliseconds.
    ///
    /// # Panics
    /// When it is not within half a minute.
    pub async fn since_navigation(&self, expression: &str) -> f64 {
        let script = format!(
            "const done = arguments[arguments.length - 1]; \
             const look = () => {{ if ({expression}) done(performance.now()); else requestAnimationFrame(look); }}; look();"
        );
        let answer = self.client.execute_async(&script, Vec::new()).await.expect("the page answers");
        answer.as_f64().expect("a number of milliseconds")
    }

    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.driver.devtools(&self.session, command, parameters).await
    }
}
