//! The living picture of a chart.

use leptos::{html, prelude::*};

/// ECharts' picture of `option` (JSON, as `chart::option` makes it), over the SVG that the server drew. Marking a span
/// with the mouse goes to the page with that window.
#[island]
pub(crate) fn Canvas(
    /// What ECharts shall draw; nothing to draw if empty.
    option: String,
) -> impl IntoView {
    let canvas = NodeRef::<html::Div>::new();
    #[cfg(feature = "hydrate")]
    browser::draw_when_it_changes(canvas, option);
    #[cfg(not(feature = "hydrate"))]
    let _ = option;
    view! { <div class="chart-canvas" aria-hidden="true" node_ref=canvas></div> }
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::{html, prelude::*};
    use model::{Timestamp, Window};
    use wasm_bindgen::{JsCast, prelude::*};
    use web_sys::{CustomEvent, HtmlElement, Url};

    #[wasm_bindgen(module = "/src/islands/chart.mjs")]
    extern "C" {
        fn draw(element: &HtmlElement, option: &str, brushed: &JsValue);
    }

    /// Draws now, and again when a fresh copy of the page has other props for this island.
    pub(super) fn draw_when_it_changes(canvas: NodeRef<html::Div>, option: String) {
        let brushed = Closure::<dyn Fn(f64, f64)>::new(go_to).into_js_value();
        Effect::new(move |_| {
            let Some(element) = canvas.get() else { return };
            let element: HtmlElement = element.unchecked_into();
            draw(&element, &option, &brushed);
            let Ok(Some(island)) = element.closest("leptos-island") else { return };
            let (brushed, element) = (brushed.clone(), element.clone());
            let again = Closure::<dyn Fn(CustomEvent)>::new(move |event: CustomEvent| {
                let props = event.detail().as_string().and_then(|props| js_sys::JSON::parse(&props).ok());
                let option = props.and_then(|props| js_sys::Reflect::get(&props, &"option".into()).ok()?.as_string());
                if let Some(option) = option {
                    draw(&element, &option, &brushed);
                }
            });
            // The island lives as long as its page.
            let _ = island.add_event_listener_with_callback("props", again.into_js_value().unchecked_ref());
        });
    }

    /// The same page over the span that was marked, in milliseconds since 1970.
    fn go_to(from: f64, to: f64) {
        let window = Window::Between(Timestamp((from * 1000.0) as i64), Timestamp((to * 1000.0) as i64));
        let location = leptos::prelude::window().location();
        let Some(url) = location.href().ok().and_then(|href| Url::new(&href).ok()) else { return };
        url.search_params().set("window", &window.to_string());
        let _ = location.assign(&url.href());
    }
}
