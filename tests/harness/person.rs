//! Somebody who is signed in, as their browser asks.

use reqwest::header::COOKIE;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zooscope::auth::password::Phc;
use zooscope_protocol::api::{Execute, PlanBody, Problem};
use zooscope_protocol::codec::Codec;
use zooscope_protocol::{Action, Role};

use crate::Console;
use crate::console::{CLUSTER, Reply};
use crate::stream::{Stream, try_open_with};

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Person<'a> {
    console: &'a Console,
    headers: Vec<(String, String)>,
}

/// The password of everybody in the tests.
pub const PASSWORD: &str = "correct horse battery";

/// `[[auth.user]]` tables of these users, all with [`PASSWORD`].
///
/// # Panics
/// When it cannot be hashed.
pub fn users(users: &[(&str, Role, bool)]) -> String {
    let phc = Phc::of(PASSWORD).expect("a hash");
    let user = |(name, role, approver): &(&str, Role, bool)| {
        format!(
            "[[auth.user]]\nname = '{name}'\npassword = '{}'\nrole = '{role}'\napprover = {approver}\n",
            phc.as_str()
        )
    };
    format!("[auth]\nmode = 'static'\n{}", users.iter().map(user).collect::<String>())
}

impl<'a> Person<'a> {
    /// Whoever bears these headers.
    pub fn bearing(console: &'a Console, headers: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self { console, headers: headers.iter().map(own).collect() }
    }

    /// Signs in with a password.
    ///
    /// # Errors
    /// What the console answered instead.
    pub async fn try_in(console: &'a Console, user: &str, password: &str) -> Result<(Self, Reply), Reply> {
        let reply = console.post("/login", &serde_json::json!({"user": user, "password": password})).await;
        if reply.status != 200 {
            return Err(reply);
        }
        let cookie = set_cookie(&reply).expect("a cookie").to_owned();
        Ok((Self::bearing(console, &[("cookie", &cookie)]), reply))
    }

    /// Signs in with [`PASSWORD`].
    ///
    /// # Panics
    /// When the console refuses.
    pub async fn sign_in(console: &'a Console, user: &str) -> Self {
        match Self::try_in(console, user, PASSWORD).await {
            Ok((person, _)) => person,
            Err(reply) => panic!("{user} is not let in: {} {}", reply.status, reply.text),
        }
    }

    /// The headers that they bear.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// Their cookie, as `NAME=VALUE`.
    pub fn cookie(&self) -> Option<&str> {
        self.headers.iter().find(|(name, _)| name == COOKIE.as_str()).map(|(_, value)| value.as_str())
    }

    /// A request under `/api/v1`.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let request = self.console.request(method, path);
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    /// GET under `/api/v1`.
    pub async fn get(&self, path: &str) -> Reply {
        self.console.send(self.request("GET", path)).await
    }

    /// GET of something that is there and theirs to see.
    ///
    /// # Panics
    /// When the answer is not 200 or of another shape.
    pub async fn read<T: DeserializeOwned>(&self, path: &str) -> T {
        let reply = self.get(path).await;
        assert_eq!(reply.status, 200, "GET {path}: {}", reply.text);
        reply.json()
    }

    /// POST under `/api/v1` as the site does it.
    pub async fn post(&self, path: &str, body: &impl Serialize) -> Reply {
        let request = self.request("POST", path).headers(self.console.site_headers()).json(body);
        self.console.send(request).await
    }

    /// DELETE under `/api/v1` as the site does it.
    pub async fn delete(&self, path: &str) -> Reply {
        self.console.send(self.request("DELETE", path).headers(self.console.site_headers())).await
    }

    /// Asks for the plan of an action.
    ///
    /// # Errors
    /// The problem, when it is refused.
    pub async fn plan(&self, action: &Action) -> Result<PlanBody, Box<Problem>> {
        let reply = self.post(&format!("/clusters/{CLUSTER}/plans"), action).await;
        if reply.status == 200 { Ok(reply.json()) } else { Err(Box::new(reply.problem())) }
    }

    /// Executes a plan; the answer as it comes.
    pub async fn execute(&self, digest: &str, execute: &Execute) -> Reply {
        self.post(&format!("/clusters/{CLUSTER}/plans/{digest}/execute"), execute).await
    }

    /// Opens their stream.
    ///
    /// # Panics
    /// When the console refuses.
    pub async fn stream(&self, codec: Codec) -> Stream {
        let origin = self.console.url("");
        let opened = try_open_with(self.console, codec.subprotocol(), Some(&origin), &self.headers).await;
        Stream::over(opened.unwrap_or_else(|error| panic!("the stream opens: {error}")), codec)
    }
}

/// The cookie that an answer sets, as `NAME=VALUE`.
pub fn set_cookie(reply: &Reply) -> Option<&str> {
    reply.headers.get("set-cookie")?.to_str().ok()?.split(';').next()
}
