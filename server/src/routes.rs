//! Everything Heron answers, on one page.

use app::App;
use axum::{Router, response::IntoResponse, routing::get};
use dashboard::Dashboard;
use leptos::{config::LeptosOptions, prelude::provide_context};
use leptos_axum::{LeptosRoutes, file_and_error_handler_with_context, generate_route_list};
use store::{Sessions, Store};
use tower_http::services::{ServeDir, ServeFile};

use crate::{config::Config, middleware};

/// The whole site.
pub fn router(options: LeptosOptions, dashboard: Dashboard, store: Store, config: &Config) -> Router {
    let context = {
        let dashboard = dashboard.clone();
        move || {
            provide_context(dashboard.clone());
            middleware::csp::for_this_page();
        }
    };
    let shell = {
        let options = options.clone();
        move || app::shell(options.clone())
    };
    let pages = Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context.clone(), shell)
        .fallback(file_and_error_handler_with_context::<LeptosOptions, _>(context, app::shell))
        .with_state(options.clone());
    let pages = middleware::around_pages(pages, dashboard, Sessions::new(store), config);

    let root = std::path::Path::new(&*options.site_root);
    let files = |path: &str| ServeDir::new(root.join(path)).precompressed_br().precompressed_gzip();
    let assets = Router::new()
        .nest_service("/pkg", middleware::immutable(files("pkg")))
        .route_service("/favicon.svg", middleware::brief(ServeFile::new(root.join("favicon.svg"))))
        .route_service("/robots.txt", middleware::brief(ServeFile::new(root.join("robots.txt"))))
        .route("/health", get(health));

    middleware::around_all(assets.merge(pages))
}

/// Says that the process answers; asks no database.
async fn health() -> impl IntoResponse {
    "OK\n"
}
