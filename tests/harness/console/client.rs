//! A typed client of the console's HTTP API.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, ORIGIN};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zooscope_protocol::action::Executed;
use zooscope_protocol::api::{
    AuditPage, ClusterBody, Execute, HEADER, ItemBody, LockBody, Page, Problem, QueueBody,
};
use zooscope_protocol::bulk::{BulkPlan, BulkProgress, BulkRequest};
use zooscope_protocol::{Action, Child as Row, Node, Plan};

use super::{CLUSTER, Console};

/// Any answer of the console.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The media type, without parameters.
    pub media_type: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Reply {
    /// The body as JSON of this shape.
    ///
    /// # Panics
    /// When it is another.
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error} in the body of a {}: {}", self.status, self.text))
    }

    /// The problem that it tells.
    ///
    /// # Panics
    /// When it is not `application/problem+json` with the status of the answer itself.
    pub fn problem(&self) -> Problem {
        assert_eq!(self.media_type, "application/problem+json", "{}: {}", self.status, self.text);
        let problem: Problem = self.json();
        assert_eq!(problem.status, self.status, "{}", self.text);
        assert!(problem.detail.len() > 10, "the detail is a sentence: {}", self.text);
        problem
    }
}

impl Console {
    /// A request under `/api/v1`, to be completed and sent with [`Console::send`].
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("a method");
        self.http.request(method, self.url(&format!("/api/v1{path}")))
    }

    /// Sends a request.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        let response = request.send().await.unwrap_or_else(|error| panic!("{error:?}; log:\n{}", self.log()));
        let headers = response.headers().clone();
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().to_owned();
        let status = response.status().as_u16();
        Reply { status, media_type, headers, text: response.text().await.expect("a body") }
    }

    /// GET under `/api/v1`.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request("GET", path)).await
    }

    /// GET of something that is there.
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
        let request = self.request("POST", path).headers(self.site_headers()).json(body);
        self.send(request).await
    }

    /// PUT under `/api/v1` as the site does it.
    pub async fn put(&self, path: &str, body: &impl Serialize) -> Reply {
        self.send(self.request("PUT", path).headers(self.site_headers()).json(body)).await
    }

    /// DELETE under `/api/v1` as the site does it.
    pub async fn delete(&self, path: &str) -> Reply {
        self.send(self.request("DELETE", path).headers(self.site_headers())).await
    }

    /// The headers that the site's own requests carry.
    pub fn site_headers(&self) -> HeaderMap {
        let origin = HeaderValue::from_str(&self.url("")).expect("an origin");
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_static("1"));
        headers.insert(ORIGIN, origin);
        headers
    }

    /// The cluster of the test.
    pub async fn cluster(&self) -> ClusterBody {
        let clusters: Vec<ClusterBody> = self.read("/clusters").await;
        clusters.into_iter().find(|cluster| cluster.info.name == CLUSTER).expect("the cluster of the test")
    }

    /// Waits until the mirror is live.
    ///
    /// # Panics
    /// When it is not within the limit.
    pub async fn live(&self, limit: Duration) -> ClusterBody {
        crate::eventually("the mirror is live", limit, async || {
            let cluster = self.cluster().await;
            if cluster.info.status == zooscope_protocol::Status::Live { Ok(cluster) } else { Err(cluster) }
        })
        .await
    }

    /// All locks.
    pub async fn locks(&self) -> Vec<LockBody> {
        self.read::<Page<LockBody>>(&format!("/clusters/{CLUSTER}/locks?limit=1000")).await.items
    }

    /// One lock with its members; `None` where none is recognised.
    pub async fn lock(&self, path: &str) -> Option<LockBody> {
        self.found(&format!("/clusters/{CLUSTER}/locks/at?path={}", encode(path))).await
    }

    /// One queue; `None` where none is recognised.
    pub async fn queue(&self, path: &str) -> Option<QueueBody> {
        self.found(&format!("/clusters/{CLUSTER}/queues/at?path={}", encode(path))).await
    }

    /// The first thousand items of a queue, in the order that consumers take them.
    pub async fn items(&self, path: &str) -> Vec<ItemBody> {
        let path = format!("/clusters/{CLUSTER}/queues/items?limit=1000&path={}", encode(path));
        self.read::<Page<ItemBody>>(&path).await.items
    }

    /// A znode; `None` where there is none.
    pub async fn node(&self, path: &str) -> Option<Node> {
        self.found(&format!("/clusters/{CLUSTER}/node?path={}", encode(path))).await
    }

    /// All children of a znode, page by page.
    pub async fn children(&self, path: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut after = String::new();
        loop {
            let address = format!("/clusters/{CLUSTER}/children?limit=10000&path={}{after}", encode(path));
            let page: Page<Row> = self.read(&address).await;
            rows.extend(page.items);
            match page.next {
                Some(next) => after = format!("&after={}", encode(&next)),
                None => return rows,
            }
        }
    }

    /// The newest lines of the audit log.
    pub async fn audit(&self) -> AuditPage {
        self.read("/audit?limit=1000").await
    }

    /// Asks for the plan of an action.
    ///
    /// # Errors
    /// The problem, when it is refused.
    pub async fn plan(&self, action: &Action) -> Result<Plan, Box<Problem>> {
        let reply = self.post(&format!("/clusters/{CLUSTER}/plans"), action).await;
        if reply.status == 200 { Ok(reply.json()) } else { Err(Box::new(reply.problem())) }
    }

    /// Executes a plan.
    ///
    /// # Errors
    /// The problem, when it is refused.
    pub async fn execute(&self, digest: &str, execute: &Execute) -> Result<Executed, Box<Problem>> {
        let reply = self.post(&format!("/clusters/{CLUSTER}/plans/{digest}/execute"), execute).await;
        if reply.status == 200 { Ok(reply.json()) } else { Err(Box::new(reply.problem())) }
    }

    /// Asks for the plan of a bulk.
    ///
    /// # Errors
    /// The problem, when it is refused.
    pub async fn plan_bulk(&self, request: &BulkRequest) -> Result<BulkPlan, Box<Problem>> {
        let reply = self.post(&format!("/clusters/{CLUSTER}/bulk"), request).await;
        if reply.status == 200 { Ok(reply.json()) } else { Err(Box::new(reply.problem())) }
    }

    /// Begins a bulk.
    ///
    /// # Errors
    /// The problem, when it is refused.
    pub async fn begin_bulk(&self, digest: &str, execute: &Execute) -> Result<BulkProgress, Box<Problem>> {
        let reply = self.post(&format!("/clusters/{CLUSTER}/bulk/{digest}/execute"), execute).await;
        if reply.status == 200 { Ok(reply.json()) } else { Err(Box::new(reply.problem())) }
    }

    /// How far a bulk is, with the first ten thousand of its results.
    pub async fn bulk(&self, digest: &str) -> BulkProgress {
        self.read(&format!("/clusters/{CLUSTER}/bulk/{digest}?limit=10000")).await
    }

    /// Waits until a bulk has ended.
    ///
    /// # Panics
    /// When it has not within the limit.
    pub async fn bulk_ended(&self, digest: &str, limit: Duration) -> BulkProgress {
        crate::eventually("the bulk has ended", limit, async || {
            let progress = self.bulk(digest).await;
            if progress.is_over() { Ok(progress) } else { Err((progress.state, progress.left)) }
        })
        .await
    }

    async fn found<T: DeserializeOwned>(&self, path: &str) -> Option<T> {
        let reply = self.get(path).await;
        match reply.status {
            200 => Some(reply.json()),
            404 => None,
            _ => panic!("GET {path}: {} {}", reply.status, reply.text),
        }
    }
}

/// What an operator sends who confirms, with what was asked to be typed and a name for the attempt.
pub fn confirmed(expected: &str, key: &str) -> Execute {
    Execute {
        reason: "a test wants it so".to_owned(),
        idempotency_key: key.to_owned(),
        confirm: expected.to_owned(),
        ..Execute::default()
    }
}

/// A value for a query string.
pub fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        encoded
    })
}
