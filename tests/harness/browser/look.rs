//! Looking at the page, and waiting until it is as wanted. What never comes ends the test with a picture.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use fantoccini::Locator;

use super::{Browser, PATIENCE};

/// How often is looked.
const PACE: Duration = Duration::from_millis(40);

impl Browser {
    /// Looks until the check says yes, and returns what it found.
    ///
    /// # Panics
    /// When it does not within [`PATIENCE`]; a screenshot is kept.
    pub async fn until<T, R: Debug>(&self, what: &str, mut check: impl AsyncFnMut() -> Result<T, R>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            match check().await {
                Ok(found) => return found,
                Err(found) if Instant::now() > end => {
                    self.fail(&format!("never: {what}; the last look found {found:?}")).await;
                }
                Err(_) => tokio::time::sleep(PACE).await,
            }
        }
    }

    /// An attribute of the first element of a CSS selector now; `None` where one of the two is missing.
    pub async fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let element = self.client.find(Locator::Css(selector)).await.ok()?;
        element.attr(name).await.ok().flatten()
    }

    /// Waits until an attribute of the first element of a CSS selector has this value.
    ///
    /// # Panics
    /// When it has not within [`PATIENCE`]; a screenshot is kept.
    pub async fn until_attribute(&self, selector: &str, name: &str, wanted: &str) {
        self.until(&format!("{selector} has {name}={wanted}"), async || {
            let found = self.attribute(selector, name).await;
            if found.as_deref() == Some(wanted) { Ok(()) } else { Err(found) }
        })
        .await;
    }

    /// An attribute of every element of a CSS selector now, in the order of the page.
    pub async fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let script = format!(
            "return [...document.querySelectorAll({selector:?})].map(element => element.getAttribute({name:?}) ?? '')"
        );
        let found = self.script(&script).await;
        found.as_array().into_iter().flatten().filter_map(|value| Some(value.as_str()?.to_owned())).collect()
    }

    /// Waits until there is no element of a CSS selector.
    ///
    /// # Panics
    /// When there is still one after [`PATIENCE`]; a screenshot is kept.
    pub async fn until_gone(&self, selector: &str) {
        self.until(&format!("{selector} goes"), async || match self.count(selector).await {
            0 => Ok(()),
            left => Err(left),
        })
        .await;
    }

    /// Whether the first element of a CSS selector takes what is pressed or typed now; not where there is none.
    pub async fn is_enabled(&self, selector: &str) -> bool {
        match self.client.find(Locator::Css(selector)).await {
            Ok(element) => element.is_enabled().await.unwrap_or(false),
            Err(_) => false,
        }
    }

    /// Waits until the first element of a CSS selector takes what is pressed, or does not any more.
    ///
    /// # Panics
    /// When it does not so within [`PATIENCE`]; a screenshot is kept.
    pub async fn until_enabled(&self, selector: &str, wanted: bool) {
        self.find(selector).await;
        self.until(&format!("{selector} is enabled: {wanted}"), async || {
            if self.is_enabled(selector).await == wanted { Ok(()) } else { Err(!wanted) }
        })
        .await;
    }

    /// Draws the page anew, as `F5` does.
    ///
    /// # Panics
    /// When the browser does not.
    pub async fn reload(&self) {
        self.client.refresh().await.expect("the page is loaded again");
    }

    /// The path and the query of the address.
    pub async fn place(&self) -> String {
        self.script("return location.pathname + location.search")
            .await
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}
