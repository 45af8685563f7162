//! The bridge to `chart.mjs`, the charts' only JavaScript.

use leptos::{html, prelude::*};
use model::Timestamp;
use wasm_bindgen::{JsCast, JsValue, prelude::*};

use super::{ChartData, option};

#[wasm_bindgen(module = "/src/chart/chart.mjs")]
extern "C" {
    fn draw(element: &web_sys::HtmlElement, owner: &JsValue, option: &str, brushed: &JsValue);
    fn dispose(element: &web_sys::HtmlElement, owner: &JsValue);
}

/// Draws `data` on `canvas` now and whenever it changes; takes the drawing away with the component.
pub(super) fn draw_when_it_changes(
    canvas: NodeRef<html::Div>,
    data: Signal<ChartData>,
    brush: Option<Callback<(Timestamp, Timestamp)>>,
) {
    let brushed = brush.map(|brush| {
        Closure::<dyn Fn(f64, f64)>::new(move |from: f64, to: f64| {
            brush.run((Timestamp((from * 1000.0) as i64), Timestamp((to * 1000.0) as i64)));
        })
    });
    let brushed = StoredValue::new_local(brushed);
    // The element may outlive this component and serve the next: each takes away only what it drew itself.
    let owner = StoredValue::new_local(JsValue::from(js_sys::Object::new()));
    let drawn = StoredValue::new_local(None::<web_sys::HtmlElement>);
    Effect::new(move |_| {
        let Some(element) = canvas.get() else { return };
        let element: web_sys::HtmlElement = element.unchecked_into();
        if data.with(ChartData::is_empty) {
            // The SVG says that there is nothing.
            return dispose(&element);
        }
        let option = data.with(option);
        brushed.with_value(|brushed| {
            let callback = brushed.as_ref().map_or(JsValue::NULL, |closure| closure.as_ref().clone());
            draw(&element, &serde_json::to_string(&option).unwrap_or_default(), &callback);
        });
        drawn.set_value(Some(element));
    });
    on_cleanup(move || {
        if let Some(element) = drawn.try_get_value().flatten() {
            dispose(&element);
        }
    });
}
