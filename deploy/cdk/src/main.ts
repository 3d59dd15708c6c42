import { choiceOf, likenessApp } from "./likeness-app.js";

likenessApp(choiceOf).app.synth();
