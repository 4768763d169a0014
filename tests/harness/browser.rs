//! A headless Chromium with a fresh profile, driven through chromedriver. A test that leaves an error on the browser's
//! console fails.

pub(crate) mod driver;
mod look;
mod pace;
mod stopwatch;
mod watch;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::presence::Missing;
use driver::Driver;
pub use pace::Frames;
pub use stopwatch::{Spans, Stopwatch};

/// How long a page may take to show something.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The widths that every screen is looked at: a desk and a telephone.
pub const WIDTHS: [u32; 2] = [1440, 390];

/// A browser window of its own.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    session: String,
    driver: Driver,
    severe: Mutex<Vec<ConsoleLine>>,
}

/// How a browser is set up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Setup<'a> {
    /// These names, `*.example.test` say, are names of this machine.
    pub names: &'a [&'a str],
    /// Whether it writes down what it sends and gets, for [`Browser::network`].
    pub network: bool,
}

/// The colours that the system prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
}

/// A line of the browser's console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleLine {
    /// `SEVERE`, `WARNING`, `INFO` or `DEBUG`.
    pub level: String,
    /// What it says.
    pub message: String,
}

impl Browser {
    /// Starts one. `None`, said loudly, where there is no Chromium.
    ///
    /// # Panics
    /// When it is there and does not start.
    pub async fn start() -> Option<Self> {
        Self::start_as(Setup::default()).await
    }

    /// Starts one that is set up so.
    ///
    /// # Panics
    /// When it is there and does not start.
    pub async fn start_as(setup: Setup<'_>) -> Option<Self> {
        match Self::try_start(setup).await {
            Ok(browser) => Some(browser),
            Err(missing) => {
                missing.skip();
                None
            }
        }
    }

    async fn try_start(setup: Setup<'_>) -> Result<Self, Missing> {
        let driver = Driver::start().await?;
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--force-device-scale-factor=1".to_owned(),
            "--window-size=1440,900".to_owned(),
            format!("--user-data-dir={}", driver.profile().display()),
        ];
        if !setup.names.is_empty() {
            let rules: Vec<_> = setup.names.iter().map(|name| format!("MAP {name} 127.0.0.1")).collect();
            arguments.push(format!("--host-resolver-rules={}", rules.join(",")));
        }
        if driver::is_root() {
            // Chromium refuses its sandbox to root, as in most containers.
            arguments.push("--no-sandbox".to_owned());
        }
        let mut capabilities = serde_json::Map::new();
        capabilities
            .insert("goog:chromeOptions".to_owned(), json!({"args": arguments, "binary": driver.chromium()}));
        let mut logs = json!({"browser": "ALL"});
        if setup.network {
            logs["performance"] = json!("ALL");
        }
        capabilities.insert("goog:loggingPrefs".to_owned(), logs);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&driver.url("")).await;
        let client = client.unwrap_or_else(|error| panic!("Chromium starts: {error}; {}", driver.log()));
        let session = client.session_id().await.ok().flatten().expect("a session of chromedriver");
        Ok(Self { client, session, driver, severe: Mutex::default() })
    }

    /// fantoccini's own client, for what is not here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens an address.
    ///
    /// # Panics
    /// When nothing answers there.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// The element with this `data-testid`, as soon as it is there.
    ///
    /// # Panics
    /// When it is not within [`PATIENCE`].
    pub async fn test_id(&self, id: &str) -> Element {
        self.find(&format!("[data-testid=\"{id}\"]")).await
    }

    /// The first element of a CSS selector, as soon as it is there.
    ///
    /// # Panics
    /// When it is not within [`PATIENCE`]; a screenshot is kept.
    pub async fn find(&self, selector: &str) -> Element {
        let end = std::time::Instant::now() + PATIENCE;
        loop {
            // A page that is just leaving for another answers with errors of several kinds: whatever it is, it is tried again.
            match self.client.find(Locator::Css(selector)).await {
                Ok(element) => return element,
                Err(error) if std::time::Instant::now() > end => {
                    self.fail(&format!("{selector}: {error}")).await;
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(25)).await,
            }
        }
    }

    /// How many elements a CSS selector has now.
    pub async fn count(&self, selector: &str) -> usize {
        self.client.find_all(Locator::Css(selector)).await.map_or(0, |found| found.len())
    }

    /// The text of the first element of a CSS selector, as it is shown; empty where there is none.
    pub async fn text(&self, selector: &str) -> String {
        match self.client.find(Locator::Css(selector)).await {
            Ok(element) => element.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits until an element shows a text that is as wanted, and returns it.
    ///
    /// # Panics
    /// When it does not within [`PATIENCE`]; a screenshot is kept.
    pub async fn until_text(&self, selector: &str, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let end = std::time::Instant::now() + PATIENCE;
        loop {
            let text = self.text(selector).await;
            if wanted(&text) {
                return text;
            }
            if std::time::Instant::now() > end {
                self.fail(&format!("{selector} never shows {what}; it shows {text:?}")).await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Clicks on the element with this `data-testid`, as soon as it takes clicks.
    ///
    /// # Panics
    /// When it does not within [`PATIENCE`]; a screenshot is kept.
    pub async fn press(&self, id: &str) {
        self.press_on(&format!("[data-testid=\"{id}\"]")).await;
    }

    /// Clicks on the first element of a CSS selector, as soon as it takes clicks. A row that moves while the finger comes
    /// down is no reason to fail, so it is tried again.
    ///
    /// # Panics
    /// When it does not within [`PATIENCE`]; a screenshot is kept.
    pub async fn press_on(&self, selector: &str) {
        let end = std::time::Instant::now() + PATIENCE;
        loop {
            let element = self.find(selector).await;
            let clicked = match element.is_enabled().await {
                Ok(true) => element.click().await,
                other => other
                    .map(|_| ())
                    .and(Err(fantoccini::error::CmdError::NotJson("the element is disabled".to_owned()))),
            };
            match clicked {
                Ok(()) => return,
                Err(error) if std::time::Instant::now() > end => {
                    self.fail(&format!("{selector} takes no click: {error}")).await;
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// Types into the element with this `data-testid`.
    ///
    /// # Panics
    /// When it takes no text.
    pub async fn fill(&self, id: &str, text: &str) {
        let end = std::time::Instant::now() + PATIENCE;
        loop {
            let element = self.test_id(id).await;
            // It may be drawn anew in between.
            let typed = match element.clear().await {
                Ok(()) => element.send_keys(text).await,
                error => error,
            };
            match typed {
                Ok(()) => return,
                Err(error) if std::time::Instant::now() > end => {
                    self.fail(&format!("{id} takes no text: {error}")).await;
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// Presses keys, wherever the focus is; see [`fantoccini::key::Key`] for those without a letter.
    ///
    /// # Panics
    /// When the browser does not take them.
    pub async fn keys(&self, keys: &str) {
        use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
        let mut actions = KeyActions::new("keyboard".to_owned());
        for key in keys.chars() {
            actions = actions.then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key });
        }
        self.client.perform_actions(actions).await.expect("the browser takes keys");
    }

    /// Runs a script and returns what it returns.
    ///
    /// # Panics
    /// When it throws.
    pub async fn script(&self, script: &str) -> Value {
        self.client
            .execute(script, Vec::new())
            .await
            .unwrap_or_else(|error| panic!("the script `{script}` runs: {error}"))
    }

    /// Sets the width of the page as a device of this width would have it.
    pub async fn width(&self, width: u32) {
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600});
        self.driver.devtools(&self.session, "Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Says what colours the system prefers.
    pub async fn scheme(&self, scheme: Scheme) {
        let value = match scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": value}]});
        self.driver.devtools(&self.session, "Emulation.setEmulatedMedia", media).await;
    }

    /// Takes the network away from the page, or gives it back. Open sockets are not touched by this: break those with a
    /// [`crate::proxy::Proxy`].
    pub async fn offline(&self, offline: bool) {
        self.driver.devtools(&self.session, "Network.enable", json!({})).await;
        let network =
            json!({"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
        self.driver.devtools(&self.session, "Network.emulateNetworkConditions", network).await;
    }

    /// Refuses the page every address that one of these patterns fits, and nothing else; `*` stands for anything.
    pub async fn block(&self, patterns: &[&str]) {
        self.driver.devtools(&self.session, "Network.enable", json!({})).await;
        self.driver.devtools(&self.session, "Network.setBlockedURLs", json!({"urls": patterns})).await;
    }

    /// Leaves the page without an answer from every address that one of these patterns fits; with none of them what waits goes on.
    pub async fn hold(&self, patterns: &[&str]) {
        let held: Vec<_> = patterns.iter().map(|pattern| json!({"urlPattern": pattern})).collect();
        let command = if held.is_empty() { "Fetch.disable" } else { "Fetch.enable" };
        let parameters = if held.is_empty() { json!({}) } else { json!({"patterns": held}) };
        self.driver.devtools(&self.session, command, parameters).await;
    }

    /// What does not fit: by how many pixels the page is wider than its window. A page that scrolls sideways is broken.
    pub async fn overflow(&self) -> i64 {
        let script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        self.script(script).await.as_i64().unwrap_or(0)
    }

    /// Keeps a picture of the window as `NAME.png` in `ZOOSCOPE_SHOTS`, else in `target/shots`. Returns where. What moves
    /// to where it will be is there in the picture.
    pub async fn shot(&self, name: &str) -> PathBuf {
        let finish = "document.getAnimations().filter(one => one.effect.getTiming().iterations !== Infinity)
            .forEach(one => one.finish())";
        self.client.execute(finish, Vec::new()).await.ok();
        let directory = std::env::var_os("ZOOSCOPE_SHOTS")
            .map_or_else(|| crate::presence::file("../target/shots"), PathBuf::from);
        let path = directory.join(format!("{name}.png"));
        let picture = self.client.screenshot().await.expect("a picture");
        std::fs::create_dir_all(&directory).expect("a directory for pictures");
        std::fs::write(&path, picture).expect("the picture is written");
        path
    }

    /// What the page wrote on the browser's console since the last look.
    pub async fn console_lines(&self) -> Vec<ConsoleLine> {
        let lines = self.driver.log_lines(&self.session, "browser").await;
        let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let lines: Vec<ConsoleLine> = lines
            .iter()
            .map(|line| ConsoleLine { level: text(line, "level"), message: text(line, "message") })
            .collect();
        let severe = lines.iter().filter(|line| line.level == "SEVERE").cloned();
        self.severe.lock().unwrap_or_else(PoisonError::into_inner).extend(severe);
        lines
    }

    /// Forgets what the page wrote on the browser's console so far, where the test itself made trouble on purpose.
    pub async fn forgive(&self) {
        self.console_lines().await;
        self.severe.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Ends the browser.
    ///
    /// # Panics
    /// When the page wrote an error on the browser's console.
    pub async fn close(self) {
        self.console_lines().await;
        let severe = self.severe.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let address = self.client.current_url().await;
        if !severe.is_empty() {
            self.fail(&format!("errors on the console at {address:?}: {severe:#?}")).await;
        }
        self.client.close().await.expect("the browser ends");
    }

    /// Keeps a picture and fails.
    async fn fail(&self, why: &str) -> ! {
        let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
        let shot = self.shot(&format!("failed-{test}")).await;
        let lines = self.console_lines().await;
        panic!("{why}\na picture is in {}\nthe browser's console: {lines:#?}", shot.display());
    }
}
