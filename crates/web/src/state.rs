//! What every handler works with.

use axum::extract::FromRef;
use postscale_actions::App;

use crate::Settings;

/// What every handler works with: the state of both surfaces' routers.
#[derive(Clone)]
pub struct Web {
    /// The use cases' world.
    pub app: App,
    /// The web layer's settings.
    pub settings: Settings,
}

impl FromRef<Web> for App {
    fn from_ref(web: &Web) -> Self {
        web.app.clone()
    }
}
impl FromRef<Web> for Settings {
    fn from_ref(web: &Web) -> Self {
        web.settings.clone()
    }
}
