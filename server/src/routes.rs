//! Everything Heron answers, on one page.

use app::App;
use axum::{Router, extract::FromRef, response::IntoResponse, routing::get};
use dashboard::Dashboard;
use leptos::{config::LeptosOptions, prelude::provide_context};
use leptos_axum::{LeptosRoutes, generate_route_list};
use store::{Sessions, Store};
use tower_http::services::ServeDir;

use crate::{config::Config, middleware};

/// What handlers and middleware share.
#[derive(Clone, FromRef)]
pub struct State {
    options: LeptosOptions,
    dashboard: Dashboard,
}

/// The whole site.
pub fn router(options: LeptosOptions, dashboard: Dashboard, store: Store, config: &Config) -> Router {
    let state = State { options: options.clone(), dashboard: dashboard.clone() };
    let context = move || {
        provide_context(dashboard.clone());
        middleware::csp::for_this_page();
    };
    let shell = {
        let options = options.clone();
        move || app::shell(options.clone())
    };

    let pages = Router::new()
        .leptos_routes_with_context(&state, generate_route_list(App), context.clone(), shell)
        .fallback(leptos_axum::file_and_error_handler_with_context::<State, _>(context, app::shell))
        .with_state(state.clone());
    let pages = middleware::around_pages(pages, &state, Sessions::new(store), config);

    let root = std::path::Path::new(&*options.site_root);
    let files = |path: &str| ServeDir::new(root.join(path)).precompressed_br().precompressed_gzip();
    let assets = Router::new()
        .nest_service("/pkg", middleware::immutable(files("pkg")))
        .route_service("/favicon.svg", middleware::brief(tower_http::services::ServeFile::new(root.join("favicon.svg"))))
        .route_service("/robots.txt", middleware::brief(tower_http::services::ServeFile::new(root.join("robots.txt"))))
        .route("/health", get(health));

    middleware::around_all(assets.merge(pages))
}

/// Says that the process answers; asks no database.
async fn health() -> impl IntoResponse {
    "OK\n"
}
