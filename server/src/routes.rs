//! Everything Heron answers, on one page.

use app::{App, Download};
use axum::{
    Extension, Router,
    extract::{Path, Request},
    response::{IntoResponse, Response},
    routing::get,
};
use dashboard::Dashboard;
use http::header;
use leptos::{
    config::LeptosOptions,
    prelude::{Owner, provide_context},
    reactive::computed::ScopedFuture,
};
use leptos_axum::{LeptosRoutes, file_and_error_handler_with_context, generate_route_list};
use model::DatabaseId;
use store::{Sessions, Store};
use tower_http::services::{ServeDir, ServeFile};

use crate::{config::Config, middleware};

/// The whole site.
pub fn router(options: LeptosOptions, dashboard: Dashboard, store: Store, config: &Config) -> Router {
    let context = {
        let (dashboard, base) = (dashboard.clone(), config.base_path.clone());
        move || {
            provide_context(dashboard.clone());
            provide_context(base.clone());
            middleware::csp::for_this_page();
        }
    };
    let shell = {
        let options = options.clone();
        move || app::shell(options.clone())
    };
    let pages = Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context.clone(), shell)
        .route("/{database}/download/{file}", get(download))
        .fallback(file_and_error_handler_with_context::<LeptosOptions, _>(context, app::shell))
        .with_state(options.clone())
        .layer(Extension(dashboard.clone()));
    let pages = middleware::around_pages(pages, dashboard, Sessions::new(store), config);

    let root = std::path::Path::new(&*options.site_root);
    let files = |path: &str| ServeDir::new(root.join(path)).precompressed_br().precompressed_gzip();
    let assets = Router::new()
        .nest_service("/pkg", middleware::immutable(files("pkg")))
        .route_service("/favicon.svg", middleware::brief(ServeFile::new(root.join("favicon.svg"))))
        .route_service("/robots.txt", middleware::brief(ServeFile::new(root.join("robots.txt"))))
        .route("/health", get(health));

    middleware::under(config.base_path.clone(), middleware::around_all(assets.merge(pages)))
}

/// A table of a page as a file. It asks as the page does, with the rights of who looks.
async fn download(
    Extension(dashboard): Extension<Dashboard>,
    Path((database, file)): Path<(String, String)>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let owner = Owner::new();
    let wanted = owner.with(|| {
        provide_context(dashboard);
        provide_context(parts);
        ScopedFuture::new(async move { app::download(DatabaseId(database), &file, &query).await })
    });
    match wanted.await {
        Ok(Download { name, media, content }) => {
            let disposition = format!("attachment; filename=\"{name}\"");
            ([(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, disposition)], content)
                .into_response()
        }
        Err(error) => (error.status(), format!("{error}\n")).into_response(),
    }
}

/// Says that the process answers; asks no database.
async fn health() -> impl IntoResponse {
    "OK\n"
}
