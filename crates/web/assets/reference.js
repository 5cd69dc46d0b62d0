// The API reference: Swagger UI on this server's document. In a sandbox with the demo world its credentials are filled in.
"use strict";

addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("reference");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", paint);
  paint();
  const ui = SwaggerUIBundle({
    url: "/openapi.json",
    domNode: place,
    deepLinking: true,
    defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
    docExpansion: "none",
    filter: true,
    layout: "BaseLayout",
    presets: [SwaggerUIBundle.presets.apis],
    tryItOutEnabled: true,
    // The default asks another server whether the document is valid.
    validatorUrl: null,
    onComplete: () => {
      if (!("demo" in place.dataset)) return;
      ui.preauthorizeApiKey("operator", "demo-admin-token");
      ui.preauthorizeApiKey("podToken", "demo-shop-token");
      ui.preauthorizeBasic("finnotechClient", "drops", "drops-secret");
      ui.preauthorizeBasic("oauthClient", "shop", "shop");
    },
  });
});
