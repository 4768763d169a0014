//! What a page does that cannot be seen: what it asks the network for, what it keeps, what the browser forbade it.

use serde_json::{Value, json};

use super::Browser;

/// Runs before any script of every page from now on: what the browser forbids is written down, over loads of pages too.
const WITNESS: &str = "
    window.forbidden = [];
    document.addEventListener('securitypolicyviolation', event => window.forbidden.push(
        `${event.effectiveDirective}: ${event.blockedURI} ${event.sample} at ${location.pathname}`));";

/// Everything that a page can keep, as one text.
const KEPT: &str = "
    const done = arguments[arguments.length - 1];
    (async () => {
        const kept = {
            local: {...localStorage}, session: {...sessionStorage}, cookie: document.cookie, state: history.state,
            address: location.href, referrer: document.referrer, name: window.name,
            databases: (await indexedDB.databases()).map(one => one.name),
            caches: window.caches ? await caches.keys() : [],
            workers: navigator.serviceWorker ? (await navigator.serviceWorker.getRegistrations()).length : 0,
        };
        return JSON.stringify(kept);
    })().then(done, error => done(`failed: ${error}`));";

impl Browser {
    /// Lets every page that is opened from now on write down what the browser's content security policy forbade it.
    pub async fn witness(&self) {
        let source = json!({"source": WITNESS});
        self.driver.devtools(&self.session, "Page.addScriptToEvaluateOnNewDocument", source).await;
    }

    /// Lets every page that is opened from now on note in `window.noticed` when an element of a selector was there first, in
    /// milliseconds after its navigation.
    pub async fn notice(&self, selector: &str) {
        let source = format!(
            "new MutationObserver((_, observer) => {{
                if (!document.querySelector({selector:?})) return;
                window.noticed = performance.now();
                observer.disconnect();
            }}).observe(document, {{childList: true, subtree: true}});"
        );
        self.driver
            .devtools(&self.session, "Page.addScriptToEvaluateOnNewDocument", json!({"source": source}))
            .await;
    }

    /// What the policy forbade the page that is open.
    ///
    /// # Panics
    /// When the page was opened without [`Browser::witness`].
    pub async fn forbidden(&self) -> Vec<String> {
        let found = self.script("return window.forbidden").await;
        let found = found.as_array().unwrap_or_else(|| panic!("nobody was listening: {found}"));
        found.iter().filter_map(|line| Some(line.as_str()?.to_owned())).collect()
    }

    /// What the developer tools tell of the network since the last look: `method` and `params` of each event. The browser is set up
    /// with `network`.
    pub async fn network(&self) -> Vec<Value> {
        let lines = self.driver.log_lines(&self.session, "performance").await;
        let events = lines.iter().filter_map(|line| {
            let message: Value = serde_json::from_str(line["message"].as_str()?).ok()?;
            let event = message["message"].clone();
            event["method"].as_str()?.starts_with("Network.").then_some(event)
        });
        events.collect()
    }

    /// Everything that the open page keeps: storage of every kind, what of cookies its scripts see, its address.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn kept(&self) -> String {
        let kept = self.client.execute_async(KEPT, Vec::new()).await.expect("the script runs");
        let kept = kept.as_str().unwrap_or_default().to_owned();
        assert!(kept.starts_with('{'), "what is kept can be read: {kept}");
        kept
    }
}
