//! Everything Heron answers, on one page.

use app::{App, Download, Form};
use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    extract::{Path, Request},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use dashboard::Dashboard;
use http::{StatusCode, header};
use leptos::{
    config::LeptosOptions,
    prelude::{IntoView, Owner, provide_context},
    reactive::computed::ScopedFuture,
};
use leptos_axum::{
    LeptosRoutes, file_and_error_handler_with_context, generate_route_list, render_app_async_with_context,
};
use model::DatabaseId;
use store::{Sessions, Store};
use tower_http::services::{ServeDir, ServeFile};

use crate::{config::Config, middleware};

/// The longest form a page answers, in bytes.
const LONGEST_FORM: usize = 1 << 20;

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
        .leptos_routes_with_context(&options, generate_route_list(App), context.clone(), shell.clone())
        .route("/{database}/explain", answers_forms(context.clone(), shell))
        .route("/download/{file}", get(download_of_none))
        .route("/{database}/download/{file}", get(download_of_one))
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

/// A page that answers a form itself, because its answer fits into no URL.
fn answers_forms<V: IntoView + 'static>(
    context: impl Fn() + Clone + Send + Sync + 'static,
    shell: impl Fn() -> V + Clone + Send + Sync + 'static,
) -> MethodRouter<LeptosOptions> {
    post(render_app_async_with_context(context, shell)).layer(from_fn(with_form))
}

/// What was sent, for the page to find.
async fn with_form(request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match to_bytes(body, LONGEST_FORM).await {
        Ok(bytes) => {
            parts.extensions.insert(Form::new(url::form_urlencoded::parse(&bytes).into_owned()));
            next.run(Request::from_parts(parts, Body::empty())).await
        }
        Err(_) => {
            (StatusCode::PAYLOAD_TOO_LARGE, "This is longer than any statement Heron explains.\n").into_response()
        }
    }
}

async fn download_of_none(dashboard: Extension<Dashboard>, Path(file): Path<String>, request: Request) -> Response {
    download(dashboard, None, file, request).await
}

async fn download_of_one(
    dashboard: Extension<Dashboard>,
    Path((database, file)): Path<(String, String)>,
    request: Request,
) -> Response {
    download(dashboard, Some(DatabaseId(database)), file, request).await
}

/// A table of a page as a file. It asks as the page does, with the rights of who looks.
async fn download(
    Extension(dashboard): Extension<Dashboard>,
    database: Option<DatabaseId>,
    file: String,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let owner = Owner::new();
    let wanted = owner.with(|| {
        provide_context(dashboard);
        provide_context(parts);
        ScopedFuture::new(async move { app::download(database, &file, &query).await })
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
