//! Requests: what is asked once, and what is done.

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use zooscope_protocol::action::Executed;
use zooscope_protocol::api::{
    ApprovalBody, AuditAction, AuditPage, Decide, Execute, FreezeBody, HEADER, Login, LoginOffer, MayBody,
    PlanBody, Problem, SessionBody, SignIn, StepUp, Waiting,
};
use zooscope_protocol::bulk::{BulkPlanBody, BulkProgress, BulkRequest};
use zooscope_protocol::recipe::{KnownRecipe, Trial};
use zooscope_protocol::{Action, Declaration, Node, RefusalCode, ZnodePath};

use crate::route::encode;
use crate::text;
use crate::who;

/// Why a request has no answer of the kind that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Failure {
    /// The server says why.
    Problem(Box<Problem>),
    /// The server says why, with a code that this program does not know: the server is newer.
    Said(String),
    /// The server was not reached, or its answer makes no sense; what it was.
    Unreachable(String),
}

impl Failure {
    /// The sentence for the operator.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Problem(problem) => problem.detail.clone(),
            Self::Said(detail) => detail.clone(),
            Self::Unreachable(what) => text::unreachable(what),
        }
    }

    /// The code, if the server gave one.
    pub(crate) fn code(&self) -> Option<RefusalCode> {
        match self {
            Self::Problem(problem) => Some(problem.code),
            Self::Said(_) | Self::Unreachable(_) => None,
        }
    }

    /// Whether it tells of the way to ZooKeeper and not of what was asked about.
    pub(crate) fn is_of_the_way(&self) -> bool {
        matches!(self.code(), None | Some(RefusalCode::NotLive | RefusalCode::Unreachable))
    }
}

/// What of a problem is for people.
#[derive(serde::Deserialize)]
struct Detail {
    detail: String,
}

/// What of `GET /clusters` the start page needs.
#[derive(serde::Deserialize)]
struct ClusterName {
    name: String,
}

/// The names of the clusters, in their order.
pub(crate) async fn clusters() -> Result<Vec<String>, Failure> {
    let clusters: Vec<ClusterName> = get("/api/v1/clusters").await?;
    Ok(clusters.into_iter().map(|cluster| cluster.name).collect())
}

/// A znode with all its data and its ACL.
pub(crate) async fn node(cluster: &str, path: &str) -> Result<Node, Failure> {
    get(&format!("{}/node?path={}", base(cluster), encode(path, true))).await
}

/// The data of an item, whole.
pub(crate) async fn data(cluster: &str, path: &ZnodePath) -> Result<Vec<u8>, Failure> {
    node(cluster, path.as_str()).await.map(|node| node.data.0)
}

/// Asks for the plan of an action and what it demands. Nothing is changed by it.
pub(crate) async fn plan(cluster: &str, action: &Action) -> Result<PlanBody, Failure> {
    post(&format!("{}/plans", base(cluster)), action).await
}

/// What came of asking for an execution.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// The console did it, or says why not.
    Executed(Executed),
    /// It waits for the approval of another person.
    Waits(Box<ApprovalBody>),
}

/// Executes a plan.
pub(crate) async fn execute(cluster: &str, digest: &str, body: &Execute) -> Result<Answer, Failure> {
    let url = format!("{}/plans/{}/execute", base(cluster), encode(digest, false));
    match answer("POST", &url, Some(&written(body)?)).await? {
        (202, text) => read::<Waiting>(&text).map(|waiting| Answer::Waits(Box::new(waiting.approval))),
        (_, text) => read(&text).map(Answer::Executed),
    }
}

/// Asks what a bulk would do. Nothing is changed by it.
pub(crate) async fn plan_bulk(cluster: &str, request: &BulkRequest) -> Result<BulkPlanBody, Failure> {
    post(&format!("{}/bulk", base(cluster)), request).await
}

/// Begins a bulk that was read.
pub(crate) async fn begin_bulk(cluster: &str, digest: &str, body: &Execute) -> Result<BulkProgress, Failure> {
    post(&format!("{}/execute", bulk_at(cluster, digest)), body).await
}

/// How far a bulk is, with its results from number `after` on.
pub(crate) async fn bulk(cluster: &str, digest: &str, after: u32) -> Result<BulkProgress, Failure> {
    get(&format!("{}?after={after}&limit=1000", bulk_at(cluster, digest))).await
}

/// The bulks that were begun since the console started, without their results.
pub(crate) async fn bulks(cluster: &str) -> Result<Vec<BulkProgress>, Failure> {
    get(&format!("{}/bulk", base(cluster))).await
}

/// Tells a bulk to stop.
pub(crate) async fn stop_bulk(cluster: &str, digest: &str) -> Result<BulkProgress, Failure> {
    read(&answer("POST", &format!("{}/stop", bulk_at(cluster, digest)), None).await?.1)
}

fn bulk_at(cluster: &str, digest: &str) -> String {
    format!("{}/bulk/{}", base(cluster), encode(digest, false))
}

/// Who is signed in.
pub(crate) async fn session() -> Result<SessionBody, Failure> {
    get("/api/v1/session").await
}

/// How one signs in.
pub(crate) async fn login_offer() -> Result<LoginOffer, Failure> {
    get(LOGIN).await
}

/// Signs in. The session is a cookie that this program does not see.
pub(crate) async fn sign_in(body: &Login) -> Result<SessionBody, Failure> {
    post(LOGIN, body).await
}

/// Signs out.
pub(crate) async fn sign_out() -> Result<(), Failure> {
    answer("POST", "/api/v1/logout", None).await.map(drop)
}

/// Proves again who one is.
pub(crate) async fn step_up(body: &StepUp) -> Result<SessionBody, Failure> {
    post("/api/v1/session/step-up", body).await
}

/// One's own sessions.
pub(crate) async fn sign_ins() -> Result<Vec<SignIn>, Failure> {
    get(SIGN_INS).await
}

/// Ends one of one's own sessions.
pub(crate) async fn end_sign_in(id: &str) -> Result<(), Failure> {
    answer("POST", &format!("{SIGN_INS}/{}/end", encode(id, false)), None).await.map(drop)
}

/// Ends all of one's own sessions but this.
pub(crate) async fn end_other_sign_ins() -> Result<(), Failure> {
    answer("POST", &format!("{SIGN_INS}/end-others"), None).await.map(drop)
}

const SIGN_INS: &str = "/api/v1/sign-ins";

/// Stops all actions, or lets them go on.
pub(crate) async fn freeze(body: &FreezeBody) -> Result<SessionBody, Failure> {
    post("/api/v1/freeze", body).await
}

/// What one may do at a path.
pub(crate) async fn may(cluster: &str, path: &str) -> Result<MayBody, Failure> {
    get(&format!("{}/may?path={}", base(cluster), encode(path, true))).await
}

/// What waits for another person, and was asked for by oneself or may be decided by oneself.
pub(crate) async fn approvals() -> Result<Vec<ApprovalBody>, Failure> {
    get("/api/v1/approvals").await
}

/// Approves or rejects a request.
pub(crate) async fn decide(id: &str, approve: bool, body: &Decide) -> Result<ApprovalBody, Failure> {
    let verb = if approve { "approve" } else { "reject" };
    post(&format!("/api/v1/approvals/{}/{verb}", encode(id, false)), body).await
}

const LOGIN: &str = "/api/v1/login";

/// What the console knows of layouts: what it looks for, and what was declared.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
pub(crate) struct Recipes {
    /// What it looks for of itself.
    pub(crate) known: Vec<KnownRecipe>,
    /// What was declared, in the configuration or here.
    pub(crate) declared: Vec<Declaration>,
    /// The names of those that were declared here.
    pub(crate) kept: Vec<String>,
}

/// The recipes.
pub(crate) async fn recipes() -> Result<Recipes, Failure> {
    get(RECIPES).await
}

/// What a declaration would recognise now. Nothing is changed by it.
pub(crate) async fn try_recipe(cluster: &str, declaration: &Declaration) -> Result<Trial, Failure> {
    post(&format!("{}/recipes/try", base(cluster)), declaration).await
}

/// Keeps a declaration, in the place of the one of this name if there is a name.
pub(crate) async fn keep_recipe(declaration: &Declaration, instead_of: Option<&str>) -> Result<(), Failure> {
    let body = written(declaration)?;
    let kept = match instead_of {
        None => answer("POST", RECIPES, Some(&body)).await,
        Some(name) => answer("PUT", &recipe(name), Some(&body)).await,
    };
    kept.map(drop)
}

/// Forgets a declaration that was kept here.
pub(crate) async fn remove_recipe(name: &str) -> Result<(), Failure> {
    answer("DELETE", &recipe(name), None).await.map(drop)
}

/// A page of the audit log: the newest line of each action that passes the filters, older than number `after`.
pub(crate) async fn audit(filters: &str, after: Option<u64>, limit: u32) -> Result<AuditPage, Failure> {
    let after = after.map(|after| format!("&after={after}")).unwrap_or_default();
    get(&format!("{AUDIT}?each=action&limit={limit}{after}{filters}")).await
}

/// One action of the audit log, whole.
pub(crate) async fn audit_action(id: &str) -> Result<AuditAction, Failure> {
    get(&format!("{AUDIT}/{}", encode(id, false))).await
}

/// Where the browser gets what passes the filters as a file.
pub(crate) fn audit_export(format: &str, filters: &str) -> String {
    format!("{AUDIT}/export?format={format}{filters}")
}

const AUDIT: &str = "/api/v1/audit";

const RECIPES: &str = "/api/v1/recipes";

fn recipe(name: &str) -> String {
    format!("{RECIPES}/{}", encode(name, false))
}

/// A name that no other attempt has. `crypto.randomUUID` is missing on plain HTTP, this is not.
pub(crate) fn fresh_key() -> String {
    let mut bytes = [0_u8; 16];
    if let Ok(crypto) = leptos::prelude::window().crypto() {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base(cluster: &str) -> String {
    format!("/api/v1/clusters/{}", encode(cluster, false))
}

async fn get<T: DeserializeOwned>(url: &str) -> Result<T, Failure> {
    read(&answer("GET", url, None).await?.1)
}

async fn post<B: Serialize, T: DeserializeOwned>(url: &str, body: &B) -> Result<T, Failure> {
    read(&answer("POST", url, Some(&written(body)?)).await?.1)
}

fn written<B: Serialize>(body: &B) -> Result<String, Failure> {
    serde_json::to_string(body).map_err(|error| Failure::Unreachable(error.to_string()))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::Unreachable(error.to_string()))
}

/// The status and the text of an answer that is no failure. Where nobody is signed in, the page leaves for the sign-in page.
async fn answer(method: &str, url: &str, body: Option<&str>) -> Result<(u16, String), Failure> {
    let (status, text) =
        fetch(method, url, body).await.map_err(|error| Failure::Unreachable(describe(&error)))?;
    if (200..300).contains(&status) {
        return Ok((status, text));
    }
    match serde_json::from_str::<Problem>(&text) {
        Ok(problem) => {
            if problem.code == RefusalCode::NotSignedIn {
                who::leave();
            }
            Err(Failure::Problem(Box::new(problem)))
        }
        Err(_) => Err(match serde_json::from_str::<Detail>(&text) {
            Ok(said) => Failure::Said(said.detail),
            Err(_) => Failure::Unreachable(format!("HTTP {status}")),
        }),
    }
}

async fn fetch(method: &str, url: &str, body: Option<&str>) -> Result<(u16, String), JsValue> {
    let options = web_sys::RequestInit::new();
    let headers = web_sys::Headers::new()?;
    headers.set("accept", "application/json, application/problem+json")?;
    options.set_method(method);
    if method != "GET" {
        headers.set(HEADER, "1")?;
    }
    if let Some(body) = body {
        options.set_body(&JsValue::from_str(body));
        headers.set("content-type", "application/json")?;
    }
    options.set_headers(&headers);
    let request = web_sys::Request::new_with_str_and_init(url, &options)?;
    let answer = JsFuture::from(leptos::prelude::window().fetch_with_request(&request)).await?;
    let answer: web_sys::Response = answer.dyn_into()?;
    let text = JsFuture::from(answer.text()?).await?;
    Ok((answer.status(), text.as_string().unwrap_or_default()))
}

fn describe(error: &JsValue) -> String {
    js_sys::Reflect::get(error, &JsValue::from_str("message"))
        .ok()
        .and_then(|message| message.as_string())
        .unwrap_or_else(|| "?".to_owned())
}
