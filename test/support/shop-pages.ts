import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterFile } from './cleanup';

/** A product's page as sites of each kind serve it: shortened, with what they all have in common left in. */
export interface ShopPage {
  headers?: Record<string, string>;
  html: string;
}

const page = (head: string, body = '', bodyAttributes = '') =>
  `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Linen shirt</title>${head}</head><body${bodyAttributes}><h1>Linen shirt</h1>${body}</body></html>`;

export const SHOP_PAGES: Record<string, ShopPage> = {
  shopify: {
    html: page(
      `<link rel="preconnect" href="https://cdn.shopify.com"><link href="//shop.example/cdn/shop/t/4/assets/base.css?v=15" rel="stylesheet">
       <script>window.Shopify = window.Shopify || {}; Shopify.shop = "linen.myshopify.com"; Shopify.theme = {"name":"Dawn","id":1};</script>`,
      `<form method="post" action="/cart/add"><input type="hidden" name="id" value="40000000032000"></form>`,
    ),
  },
  'shopify, its own front end': {
    headers: { 'powered-by': 'Shopify', 'x-shopid': '55123' },
    html: page('<script type="module" src="/assets/entry.client-1.js"></script>'),
  },
  woocommerce: {
    html: page(
      `<meta name="generator" content="WordPress 6.8" /><meta name="generator" content="WooCommerce 10.2.1" />
       <link rel='stylesheet' href='https://shop.example/wp-content/plugins/woocommerce/assets/css/woocommerce.css?ver=10.2.1' />`,
      '',
      ' class="product-template-default single single-product theme-x woocommerce woocommerce-page"',
    ),
  },
  'woocommerce_classic, of an older version': {
    html: page(
      `<meta name="generator" content="WooCommerce 8.9.3" />`,
      '<script src="/wp-content/plugins/woocommerce/assets/js/frontend/cart.min.js?ver=8.9.3"></script>',
      ' class="woocommerce"',
    ),
  },
  'woocommerce_classic, of a version that it hides': {
    html: page(
      `<link rel='stylesheet' href='/wp-content/plugins/woocommerce/assets/css/woocommerce.css' />`,
      '<script>var woocommerce_params = {"ajax_url":"/wp-admin/admin-ajax.php"};</script>',
      ' class="single-product woocommerce"',
    ),
  },
  bigcommerce: {
    html: page(
      `<meta name="platform" content="bigcommerce.stencil" /><link href="https://cdn11.bigcommerce.com/s-abc123/stencil/1-0/css/theme.css" rel="stylesheet">`,
      '<script>var BCData = {"product_attributes":{"sku":"SKU-2"}};</script>',
    ),
  },
  vtex: {
    headers: { powered: 'vtex' },
    html: page(
      `<link rel="stylesheet" href="https://linen.vtexassets.com/_v/public/assets/v1/published/x.css">`,
      '<script>__RUNTIME__ = {"account":"linen"}</script><img src="https://linen.vteximg.com.br/arquivos/ids/1.jpg">',
    ),
  },
  adobe_commerce: {
    html: page(
      `<link rel="stylesheet" href="https://shop.example/static/version1700000000/frontend/Vendor/theme/en_US/css/styles-m.css">`,
      `<script type="text/x-magento-init">{"*":{"Magento_Ui/js/core/app":{}}}</script>`,
    ),
  },
  opencart: {
    html: page(
      `<script src="catalog/view/javascript/common.js"></script><link href="catalog/view/theme/default/stylesheet/stylesheet.css" rel="stylesheet">`,
      '<a href="https://shop.example/index.php?route=product/category&amp;path=20">Shirts</a>',
    ),
  },
  prestashop: {
    html: page(
      '<script>var prestashop = {"cart":{"products":[]},"currency":{"iso_code":"EUR"}};</script>',
      '',
      ' id="product" class="lang-en country-fr"',
    ),
  },
  squarespace: {
    headers: { server: 'Squarespace' },
    html: `<!doctype html><html><head><!-- This is Squarespace. --><!-- linen-shop --><script>Static.SQUARESPACE_CONTEXT = {"websiteId":"1"};</script></head><body></body></html>`,
  },
};

/** Sites that are none of these, though their pages speak of them. */
export const OTHER_PAGES: Record<string, ShopPage> = {
  'a site of its own making': { html: page('<script src="/app.js"></script>', '<button>Add to bag</button>') },
  'a blog with a button of Shopify’s': {
    html: page(
      '<meta name="generator" content="WordPress 6.8" /><script src="https://sdks.shopifycdn.com/buy-button/latest/buy-buttonstorefront.min.js"></script>',
      '<p>Made with love.</p><img src="https://cdn.shopify.com/s/files/1/0001/hat.png">',
    ),
  },
  'a comparison of shop software': {
    html: page(
      '',
      '<p>Shopify, WooCommerce 10, Magento, PrestaShop or BigCommerce? We like VTEX and Squarespace too.</p>',
    ),
  },
  'an empty answer': { html: '' },
  'what is no page': { html: '{"prestashop":1}' },
};

/** A site that serves one page at `/p/1`, and files by path. */
export async function serveShop(
  shop: ShopPage & {
    status?: number;
    files?: Record<string, string | { location: string } | { status: number; body: string }>;
  },
): Promise<{ origin: string; hits: string[]; set(more: Partial<typeof shop>): void; close(): Promise<void> }> {
  const hits: string[] = [];
  let now = shop;
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://shop');
    hits.push(pathname);
    const file = now.files?.[pathname];
    if (pathname === '/p/1' || pathname === '/') {
      response.writeHead(now.status ?? 200, { 'content-type': 'text/html; charset=utf-8', ...now.headers });
      response.end(now.html);
    } else if (file === undefined) response.writeHead(404).end('Not found');
    else if (typeof file === 'string') response.writeHead(200, { 'content-type': 'application/json' }).end(file);
    else if ('location' in file) response.writeHead(302, { location: file.location }).end();
    else response.writeHead(file.status).end(file.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  afterFile(close);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, hits, set: (more) => (now = { ...now, ...more }), close };
}

/** The profile of a store whose permalinks begin there. */
export function profileWith(endpoint: string, version = '2026-08-25'): string {
  const schema = 'https://ucp.dev/2026-08-25/schemas/shopping/permalink.json';
  const capabilities = { 'dev.ucp.shopping.permalink': [{ version, schema, config: { endpoint } }] };
  return JSON.stringify({ ucp: { version, services: {}, capabilities, payment_handlers: {} }, keys: [] });
}
