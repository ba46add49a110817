/** `framegate/testing`: an application in memory, with clients that speak its protocols and a clock that a test owns. */
export { TestApp, type TestAppOptions, testApp } from './test-app.js';
export { type Closed, type Received, type SentFields, TestClient } from './test-client.js';
