//! An HTTP server that is told things and answers what the test wants.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use tokio::{net::TcpListener, task::JoinSet};

/// What was posted.
#[derive(Debug, Clone)]
pub struct Posted {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Posted {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A running server; it stops when dropped.
pub struct Endpoint {
    pub port: u16,
    hand: Arc<Hand>,
    _serving: JoinSet<()>,
}

#[derive(Default)]
struct Hand {
    posted: Mutex<Vec<Posted>>,
    /// Statuses of the next answers; 200 when there are none.
    answers: Mutex<VecDeque<u16>>,
}

impl Endpoint {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let hand = Arc::new(Hand::default());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&hand));
        let serving = async move { axum::serve(listener, router).await.unwrap() };
        Self {
            port,
            hand,
            _serving: JoinSet::from_iter([serving]),
        }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    pub fn answer(&self, statuses: &[u16]) {
        self.hand.answers.lock().unwrap().extend(statuses);
    }

    pub fn posted(&self) -> Vec<Posted> {
        self.hand.posted.lock().unwrap().clone()
    }
}

/// Connections are not kept: each try has to dial.
async fn answer(
    State(hand): State<Arc<Hand>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    hand.posted.lock().unwrap().push(Posted {
        path: uri.path().to_owned(),
        headers,
        body: String::from_utf8(body.into()).unwrap(),
    });
    let status = hand.answers.lock().unwrap().pop_front().unwrap_or(200);
    let status = StatusCode::from_u16(status).unwrap();
    let headers = [(header::CONNECTION, "close"), (header::LOCATION, "/moved")];
    (status, headers).into_response()
}
