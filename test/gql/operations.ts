import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A date-time string at UTC, such as 2007-12-03T10:15:30Z, compliant with the `date-time` format outlined in section 5.6 of the RFC 3339 profile of the ISO 8601 standard for representation of dates and times using the Gregorian calendar. */
  DateTime: { input: string; output: string; }
  /** A field whose value conforms to the standard URL format as specified in RFC3986: https://www.ietf.org/rfc/rfc3986.txt. */
  URL: { input: string; output: string; }
  /** A file sent by the GraphQL multipart request spec. */
  Upload: { input: unknown; output: unknown; }
};

/** A property of a product that can be filtered by and counted. */
export type Attribute = {
  __typename?: 'Attribute';
  /** Such as color; one name may come several times. */
  name: Scalars['String']['output'];
  /** Such as red. */
  value: Scalars['String']['output'];
};

/** Holds when the product has the attribute of this name with any of these values. */
export type AttributeFilter = {
  /** Any of these values. */
  in: Array<Scalars['String']['input']>;
  name: Scalars['String']['input'];
};

export type AttributeInput = {
  /** Such as color; a name may come several times. */
  name: Scalars['String']['input'];
  /** Such as red. */
  value: Scalars['String']['input'];
};

/** Multiplies the score of products that pass the filter. */
export type Boost = {
  /** Which products are boosted. */
  filter: ProductFilter;
  /** 0.000001 to 1,000,000. Above 1 moves up, below 1 down; a very great one puts them first, but a score below 0 never before one above. */
  weight: Scalars['Float']['input'];
};

/** What is searched, and by which model. */
export type Catalog = {
  __typename?: 'Catalog';
  index: IndexInfo;
  model: Model;
  /** All products of the index. */
  productCount: Scalars['Int']['output'];
  /** When a product was last added or changed; null where there is none. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
};

/** What a catalogue file holds. */
export type CatalogFormat =
  /** Amazon Berkeley Objects. */
  | 'ABO'
  /** Goes by the file's name and content. */
  | 'AUTO'
  /** A table with a header: commas, semicolons or tabs. */
  | 'CSV'
  /** A Google Merchant feed: XML or text with tabs. */
  | 'GOOGLE_PRODUCT_FEED'
  /** The product CSV of Magento 2 and Adobe Commerce. */
  | 'MAGENTO'
  /** One JSON object a line. */
  | 'NDJSON'
  /** A catalogue in any of the other formats, with the outputs of the job that encoded its pictures. */
  | 'SAGEMAKER_BATCH_TRANSFORM'
  /** Shopify's product CSV. */
  | 'SHOPIFY';

export type DeleteProductsPayload = {
  __typename?: 'DeleteProductsPayload';
  /** Products that were there and are deleted, each id once, in the order of the input. */
  deletedIds: Array<Scalars['ID']['output']>;
  /** Ids of which there was no product; that is no error. */
  notFoundIds: Array<Scalars['ID']['output']>;
};

/** Moves down what is much like something above it (maximal marginal relevance). */
export type Diversity = {
  /** 1 keeps the order by relevance; towards 0 the next is ever less like those before. */
  lambda?: Scalars['Float']['input'];
};

/** How many products each value would leave; what is already filtered by this very field is left out. */
export type Facet = {
  __typename?: 'Facet';
  /** The attribute's name, for the field ATTRIBUTE. */
  attribute?: Maybe<Scalars['String']['output']>;
  /** The most frequent first; price ranges by price. */
  buckets: Array<FacetBucket>;
  /** How many products were counted. In a listing and for words alone (LEXICAL) all that match, of words in the embedded index the best 10,000; where embeddings are compared every product matches more or less, so it is the best 1,000, or the best 200 of each list where lists are fused. */
  countedOver: Scalars['Int']['output'];
  /** Whether countedOver is all that match. */
  countedOverRelation: TotalCountRelation;
  /** As it was asked for. */
  field: FacetField;
};

/** A value, or a range of prices, and how many products have it. */
export type FacetBucket = {
  __typename?: 'FacetBucket';
  /** Products with this value. */
  count: Scalars['Int']['output'];
  /** See min. */
  max?: Maybe<Scalars['Float']['output']>;
  /** Of a price range. A filter by min and max finds what the bucket counts. */
  min?: Maybe<Scalars['Float']['output']>;
  /** A value to filter by, or a range as min-max with * for an open end. */
  value: Scalars['String']['output'];
};

/** What products can be counted by. */
export type FacetField =
  /** The values of one attribute, which the request names. */
  | 'ATTRIBUTE'
  | 'BRAND'
  /** A product of A/B/C counts in A, A/B and A/B/C. */
  | 'CATEGORY'
  /** The values true and false. */
  | 'IN_STOCK'
  /** Amounts, whatever the currency: filter by one where there are several. */
  | 'PRICE';

/** Asks how many products have each value of a field. */
export type FacetRequest = {
  /** The attribute's name, for the field ATTRIBUTE. */
  attribute?: InputMaybe<Scalars['String']['input']>;
  /** What is counted. */
  field: FacetField;
  /** Most buckets, 1 to 1000; given ranges are all counted. */
  first?: InputMaybe<Scalars['Int']['input']>;
  /** For the field PRICE; computed from the prices unless given. */
  ranges?: InputMaybe<Array<FloatRange>>;
};

/** Both ends belong to it; one that is left out is open. */
export type FloatRange = {
  max?: InputMaybe<Scalars['Float']['input']>;
  min?: InputMaybe<Scalars['Float']['input']>;
};

/** What hits can be put together by. */
export type GroupBy =
  /** Of the variants of a product (one groupId) the first alone is given. */
  | 'PRODUCT_GROUP';

/** How much the two sides of HYBRID count: each 0 to 1,000,000, and one above 0. */
export type HybridWeights = {
  /** Of the words (BM25). */
  lexical?: Scalars['Float']['input'];
  /** Of the embeddings. */
  semantic?: Scalars['Float']['input'];
};

/** Where the products are kept. */
export type IndexInfo = {
  __typename?: 'IndexInfo';
  /** Whether the index can be read now, as /readyz tells it. */
  healthy: Scalars['Boolean']['output'];
  /** lancedb, opensearch or memory. */
  kind: Scalars['String']['output'];
  /** The data folder, the alias in OpenSearch, or memory. */
  name: Scalars['String']['output'];
};

/** Why a product, a row or an import failed. */
export type IngestError = {
  __typename?: 'IngestError';
  /** Stable; docs/errors.md has them all. */
  code: Scalars['String']['output'];
  /** The path to what is wrong in the product or row, where it is one field. */
  field?: Maybe<Array<Scalars['String']['output']>>;
  /** The product's id, where it is known. */
  id?: Maybe<Scalars['ID']['output']>;
  /** Position in the input, from 0; for an import that failed as a whole, the row it had come to. */
  index: Scalars['Int']['output'];
  /** What was given, what is allowed and what to do; for people. */
  message: Scalars['String']['output'];
};

/** An import of a whole catalogue; GET /jobs/<id>/errors.ndjson has all its errors, one JSON object a line. */
export type IngestJob = {
  __typename?: 'IngestJob';
  /** Rows that are done, the failed ones among them. */
  done: Scalars['Int']['output'];
  /** Why the import as a whole failed, and its first failed rows. */
  errors: Array<IngestError>;
  /** Rows that were not ingested: see errors. */
  failed: Scalars['Int']['output'];
  /** When it ended, in whatever way; null before. */
  finishedAt?: Maybe<Scalars['DateTime']['output']>;
  id: Scalars['ID']['output'];
  /** When the import was asked for. */
  startedAt: Scalars['DateTime']['output'];
  state: JobState;
  /** Rows of the file; null while that is not known. */
  total?: Maybe<Scalars['Int']['output']>;
};


/** An import of a whole catalogue; GET /jobs/<id>/errors.ndjson has all its errors, one JSON object a line. */
export type IngestJobErrorsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

export type IngestProductsPayload = {
  __typename?: 'IngestProductsPayload';
  /** Products that were not ingested. */
  failedCount: Scalars['Int']['output'];
  /** Products that were created or updated. */
  ingestedCount: Scalars['Int']['output'];
  /** In the order of the input. */
  results: Array<IngestResult>;
  /** Products that are stored already, just as they were given. */
  unchangedCount: Scalars['Int']['output'];
  /** The errors of results, in the same order. */
  userErrors: Array<IngestError>;
};

/** What became of one product. */
export type IngestResult = {
  __typename?: 'IngestResult';
  /** Null unless the status is FAILED. */
  error?: Maybe<IngestError>;
  /** As it was given. */
  id: Scalars['ID']['output'];
  /** As it is stored now; null when it failed. */
  product?: Maybe<Product>;
  status: IngestStatus;
};

export type IngestStatus =
  /** A new product was written. */
  | 'CREATED'
  /** It was not ingested: see error. */
  | 'FAILED'
  /** It is stored already, just as it was given: nothing was encoded or written. */
  | 'UNCHANGED'
  /** A product that was there was replaced. */
  | 'UPDATED';

/** Where an import stands. Rows that fail make no import fail. */
export type JobState =
  /** Ended by cancelIngestJob. */
  | 'CANCELLED'
  /** It could not go on: see errors. */
  | 'FAILED'
  /** Waits for a worker, also after its server stopped in the middle of it. */
  | 'QUEUED'
  /** A worker has it. */
  | 'RUNNING'
  /** Every row was read; some may have failed. */
  | 'SUCCEEDED';

/** The model that encodes products and queries. */
export type Model = {
  __typename?: 'Model';
  /** How many numbers an embedding has. */
  dimension: Scalars['Int']['output'];
  /** What runs it: onnx or sagemaker. */
  encoder: Scalars['String']['output'];
  /** Embeddings of different ids are never compared. */
  id: Scalars['String']['output'];
};

export type Money = {
  __typename?: 'Money';
  /** In the main unit of the currency: 24.9 is 24 euros 90, not cents. */
  amount: Scalars['Float']['output'];
  /** ISO 4217 code, such as EUR. */
  currency: Scalars['String']['output'];
};

export type MoneyInput = {
  /** In the main unit of the currency: 24.9 is 24 euros 90, not cents. 0 or more. */
  amount: Scalars['Float']['input'];
  /** ISO 4217 code, such as EUR. */
  currency: Scalars['String']['input'];
};

export type Mutation = {
  __typename?: 'Mutation';
  /** Ends an import; what it ingested stays. One that has ended already stays as it is. */
  cancelIngestJob: IngestJob;
  /** Removes up to 1,000 products. An id of which there is no product is no error. */
  deleteProducts: DeleteProductsPayload;
  /** Starts a durable import of a whole catalogue file; follow it with ingestJob or the subscription. */
  importCatalog: IngestJob;
  /** Adds or replaces up to 1000 products. One bad product never fails the others: see results and userErrors. */
  ingestProducts: IngestProductsPayload;
};


export type MutationCancelIngestJobArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeleteProductsArgs = {
  ids: Array<Scalars['ID']['input']>;
};


export type MutationImportCatalogArgs = {
  currency?: InputMaybe<Scalars['String']['input']>;
  file?: InputMaybe<Scalars['Upload']['input']>;
  format?: InputMaybe<CatalogFormat>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  locale?: InputMaybe<Scalars['String']['input']>;
  url?: InputMaybe<Scalars['URL']['input']>;
};


export type MutationIngestProductsArgs = {
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  products: Array<ProductInput>;
};

/** Where a page lies in its list (Relay's cursor connections). */
export type PageInfo = {
  __typename?: 'PageInfo';
  /** Of the last hit, for after; null on an empty page. */
  endCursor?: Maybe<Scalars['String']['output']>;
  /** Whether there are more behind endCursor. */
  hasNextPage: Scalars['Boolean']['output'];
  /** Whether there are some ahead of startCursor. */
  hasPreviousPage: Scalars['Boolean']['output'];
  /** Of the first hit, for before; null on an empty page. */
  startCursor?: Maybe<Scalars['String']['output']>;
};

/** Both ends belong to it; one that is left out is open. */
export type PriceRange = {
  /** ISO 4217 code, in capitals or not; without it amounts of all currencies are compared. */
  currency?: InputMaybe<Scalars['String']['input']>;
  max?: InputMaybe<Scalars['Float']['input']>;
  min?: InputMaybe<Scalars['Float']['input']>;
};

/** What a shop sells. */
export type Product = {
  __typename?: 'Product';
  attributes: Array<Attribute>;
  brand?: Maybe<Scalars['String']['output']>;
  /** Paths: a product of A/B/C is in A and A/B too. */
  categories: Array<Scalars['String']['output']>;
  /** Plain text. */
  description?: Maybe<Scalars['String']['output']>;
  /** Shared by the variants of one product. */
  groupId?: Maybe<Scalars['ID']['output']>;
  /** The catalogue's own id. */
  id: Scalars['ID']['output'];
  /** Where a client can load the main picture: the gateway, where it keeps a copy, else the catalogue's own URL. */
  imageUrl?: Maybe<Scalars['URL']['output']>;
  /** Every picture that a client can load, the main one first. */
  images: Array<ProductImage>;
  /** Null where the catalogue does not say. */
  inStock?: Maybe<Scalars['Boolean']['output']>;
  price?: Maybe<Money>;
  /** Products that look like this one, itself left out. */
  similar: ProductConnection;
  /** Empty when the catalogue gave none. */
  title: Scalars['String']['output'];
  /** When it was last added or changed here. */
  updatedAt: Scalars['DateTime']['output'];
  /** The product's page in the shop. */
  url?: Maybe<Scalars['URL']['output']>;
};


/** What a shop sells. */
export type ProductSimilarArgs = {
  filter?: InputMaybe<ProductFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** A page of hits. */
export type ProductConnection = {
  __typename?: 'ProductConnection';
  /** True when a part of the query could not be served and the page was made without it. */
  degraded: Scalars['Boolean']['output'];
  /** Why a part was left out: a code such as ENCODER_UNAVAILABLE, a colon and a sentence. */
  degradedReasons: Array<Scalars['String']['output']>;
  /** The hits of the page. */
  edges: Array<ProductEdge>;
  /** In the order in which they were asked for. */
  facets: Array<Facet>;
  /** The mode that was used; AUTO in a listing, where nothing is matched. */
  modeUsed: SearchMode;
  /** The products of edges, for clients that want nothing else. */
  nodes: Array<Product>;
  pageInfo: PageInfo;
  /** Milliseconds that encoding and searching took, all searches of the operation together. */
  tookMs: Scalars['Float']['output'];
  /** How many products match; see totalCountRelation. */
  totalCount: Scalars['Int']['output'];
  totalCountRelation: TotalCountRelation;
};

/** A hit: a product and how it matched. */
export type ProductEdge = {
  __typename?: 'ProductEdge';
  /** Opaque; for after or before of the same search. */
  cursor: Scalars['String']['output'];
  /** The product. */
  node: Product;
  /** How probably the hit is relevant, in [0, 1], comparable between queries and between words and pictures; null in a listing, for a hit that BM25 alone found, and where the model has no calibration. */
  relevance?: Maybe<Scalars['Float']['output']>;
  /** The number a page by relevance is ordered by; comparable within one response only. */
  score: Scalars['Float']['output'];
  signals: Signals;
  /** Cosine similarity of the query embedding and the product's nearest one, in [-1, 1]; null for a lexical-only hit and in a listing. */
  similarity?: Maybe<Scalars['Float']['output']>;
};

/** All given members must hold. `ids`, `categories`, `brands`, `or` and an attribute's `in` hold when any of their entries does, `and` and `attributes` when every entry does. Values are compared exactly, capitals included, but for `price.currency`. */
export type ProductFilter = {
  /** Every one of these filters holds. */
  and?: InputMaybe<Array<ProductFilter>>;
  /** Every one of these holds. */
  attributes?: InputMaybe<Array<AttributeFilter>>;
  brands?: InputMaybe<Array<Scalars['String']['input']>>;
  /** A category stands for those in it too: A finds a product of A/B. */
  categories?: InputMaybe<Array<Scalars['String']['input']>>;
  ids?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** What the product says; one that does not say passes neither true nor false. */
  inStock?: InputMaybe<Scalars['Boolean']['input']>;
  /** This filter does not hold; a product without the value in question passes. */
  not?: InputMaybe<ProductFilter>;
  /** Any of these filters holds. */
  or?: InputMaybe<Array<ProductFilter>>;
  price?: InputMaybe<PriceRange>;
  /** Added or changed after this moment. */
  updatedAfter?: InputMaybe<Scalars['DateTime']['input']>;
};

/** A picture as the gateway serves it, in smaller sizes too by ?width=160, 320 or 640; or one of the catalogue's own URLs. */
export type ProductImage = {
  __typename?: 'ProductImage';
  /** A text in place of the picture; no catalogue gives one so far, so it is null. */
  alt?: Maybe<Scalars['String']['output']>;
  /** Pixels. */
  height?: Maybe<Scalars['Int']['output']>;
  url: Scalars['URL']['output'];
  /** Pixels; known of pictures that the gateway keeps. */
  width?: Maybe<Scalars['Int']['output']>;
};

/** A product has a title, a picture (image, imageUrl or imageBase64), an embedding, or several of these. */
export type ProductInput = {
  /** Up to 200. */
  attributes?: InputMaybe<Array<AttributeInput>>;
  brand?: InputMaybe<Scalars['String']['input']>;
  /** Paths such as Kitchen/Kettles, which is in Kitchen too. Up to 200. */
  categories?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Plain text, up to 50,000 characters. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** Stands for the picture's embedding. */
  embedding?: InputMaybe<Array<Scalars['Float']['input']>>;
  /** Shared by the variants of one product. */
  groupId?: InputMaybe<Scalars['ID']['input']>;
  /** The catalogue's own id, up to 512 characters; a product that has it is replaced. */
  id: Scalars['ID']['input'];
  /** The main picture: JPEG, PNG, WebP, AVIF or GIF. */
  image?: InputMaybe<Scalars['Upload']['input']>;
  /** The picture's bytes in base64, with or without a data: prefix. */
  imageBase64?: InputMaybe<Scalars['String']['input']>;
  /** The same by URL, which the gateway fetches. */
  imageUrl?: InputMaybe<Scalars['URL']['input']>;
  inStock?: InputMaybe<Scalars['Boolean']['input']>;
  /** Further pictures by URL. */
  moreImageUrls?: InputMaybe<Array<Scalars['URL']['input']>>;
  /** Further pictures; 16 in all. */
  moreImages?: InputMaybe<Array<Scalars['Upload']['input']>>;
  price?: InputMaybe<MoneyInput>;
  /** Up to 2,000 characters. */
  title?: InputMaybe<Scalars['String']['input']>;
  /** The product's page, http or https. */
  url?: InputMaybe<Scalars['URL']['input']>;
};

/** The order of hits. */
export type ProductSort = {
  by?: SortKey;
  /** Turns the order round; products without the value stay last. */
  reverse?: InputMaybe<Scalars['Boolean']['input']>;
};

export type Query = {
  __typename?: 'Query';
  /** What is searched, and by which model. */
  catalog: Catalog;
  /** Null when there is no such import. */
  ingestJob?: Maybe<IngestJob>;
  /** Null when there is no such product. */
  product?: Maybe<Product>;
  /** In the order of the ids; null where there is no such product. */
  products: Array<Maybe<Product>>;
  /** Products nearest to a query made of words, a picture, a picture's URL, another product, a ready embedding, several of these with equal weight, or a weighted mix. The products of the query itself are left out. With none of them it lists what passes the filter, by id. */
  searchProducts: ProductConnection;
  /** What a shopper may be typing: titles, categories, brands and past successful queries, best first. The last word may be unfinished, and words may be misspelt. */
  suggest: Array<Suggestion>;
};


export type QueryIngestJobArgs = {
  id: Scalars['ID']['input'];
};


export type QueryProductArgs = {
  id: Scalars['ID']['input'];
};


export type QueryProductsArgs = {
  ids: Array<Scalars['ID']['input']>;
};


export type QuerySearchProductsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  boosts?: InputMaybe<Array<Boost>>;
  diversity?: InputMaybe<Diversity>;
  embedding?: InputMaybe<Array<Scalars['Float']['input']>>;
  facets?: InputMaybe<Array<FacetRequest>>;
  filter?: InputMaybe<ProductFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  groupBy?: InputMaybe<GroupBy>;
  image?: InputMaybe<Scalars['Upload']['input']>;
  imageUrl?: InputMaybe<Scalars['URL']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  minRelevance?: InputMaybe<Scalars['Float']['input']>;
  minSimilarity?: InputMaybe<Scalars['Float']['input']>;
  mix?: InputMaybe<Array<QueryPart>>;
  mode?: InputMaybe<SearchMode>;
  pins?: InputMaybe<Array<Scalars['ID']['input']>>;
  similarTo?: InputMaybe<Scalars['ID']['input']>;
  sort?: InputMaybe<ProductSort>;
  text?: InputMaybe<Scalars['String']['input']>;
  weights?: InputMaybe<HybridWeights>;
};


export type QuerySuggestArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  prefix: Scalars['String']['input'];
};

/** Exactly one of text, image, imageUrl, similarTo, embedding. A negative weight means: less like this; a weight is finite and not 0. */
export type QueryPart = {
  /** A ready embedding of the catalogue's model; compared with pictures. */
  embedding?: InputMaybe<Array<Scalars['Float']['input']>>;
  image?: InputMaybe<Scalars['Upload']['input']>;
  /** Where the gateway fetches a picture. */
  imageUrl?: InputMaybe<Scalars['URL']['input']>;
  /** A product of the catalogue; it is left out of the results. */
  similarTo?: InputMaybe<Scalars['ID']['input']>;
  /** Up to 2,000 characters. */
  text?: InputMaybe<Scalars['String']['input']>;
  /** Its size counts beside those of the other parts. */
  weight?: InputMaybe<Scalars['Float']['input']>;
};

/** How a query is matched with products. */
export type SearchMode =
  /** By the query's form. Words alone: HYBRID, but LEXICAL for an article number or a text in double quotes, unless minSimilarity or minRelevance is given. Anything with a picture, product, embedding or negative weight: SEMANTIC. */
  | 'AUTO'
  /** Both, fused by reciprocal rank over the best 200 of each. */
  | 'HYBRID'
  /** By words (BM25): stems, typos and phrases are taken into account. */
  | 'LEXICAL'
  /** By embeddings: what looks like the query, or means the same. */
  | 'SEMANTIC';

/** What each way of matching said of a hit: cosine with its pictures, with its words, BM25, and the ranks (from 1) they gave. Null where that way did not find it among its best. */
export type Signals = {
  __typename?: 'Signals';
  /** What boosts multiplied the score by; null where there were none. */
  boost?: Maybe<Scalars['Float']['output']>;
  /** Cosine with the product's pictures. */
  image?: Maybe<Scalars['Float']['output']>;
  /** Place among the nearest by pictures, from 1. */
  imageRank?: Maybe<Scalars['Int']['output']>;
  /** BM25 of the query's words; comparable within one response only. */
  lexical?: Maybe<Scalars['Float']['output']>;
  /** Place among the best by BM25, from 1. */
  lexicalRank?: Maybe<Scalars['Int']['output']>;
  /** Put first by a pin, whatever its score. */
  pinned: Scalars['Boolean']['output'];
  /** Cosine with the product's words. */
  text?: Maybe<Scalars['Float']['output']>;
  /** Place among the nearest by words' embeddings, from 1. */
  textRank?: Maybe<Scalars['Int']['output']>;
};

/** RELEVANCE: best first, or by id in a listing. The others: ascending, equal ones by id, products without such a value last. */
export type SortKey =
  /** By amount, whatever the currency: filter by one where there are several. */
  | 'PRICE'
  | 'RELEVANCE'
  /** Regardless of case and accents. */
  | 'TITLE'
  | 'UPDATED_AT';

export type Subscription = {
  __typename?: 'Subscription';
  /** The import now and after each change until it has ended, by server-sent events at /graphql/stream. */
  ingestJobProgress: IngestJob;
};


export type SubscriptionIngestJobProgressArgs = {
  id: Scalars['ID']['input'];
};

/** Something that a shopper may be typing. */
export type Suggestion = {
  __typename?: 'Suggestion';
  kind: SuggestionKind;
  /** A product of this title, for the kind PRODUCT. */
  product?: Maybe<Product>;
  /** To put into the search box. */
  text: Scalars['String']['output'];
};

export type SuggestionKind =
  /** A brand, to filter by. */
  | 'BRAND'
  /** A category, to filter by. */
  | 'CATEGORY'
  /** The title of a product. */
  | 'PRODUCT'
  /** What others searched for and found. */
  | 'QUERY';

/** Whether totalCount is exact, a lower bound, or the number of candidates that were ranked. */
export type TotalCountRelation =
  /** So many were ranked; more may match. */
  | 'CANDIDATES'
  /** Just so many. */
  | 'EXACT'
  /** At least so many. */
  | 'LOWER_BOUND';

export type ExploreQueryVariables = Exact<{
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type ExploreQuery = { __typename?: 'Query', searchProducts: { __typename?: 'ProductConnection', totalCount: number, totalCountRelation: TotalCountRelation, modeUsed: SearchMode, degraded: boolean, degradedReasons: Array<string>, edges: Array<{ __typename?: 'ProductEdge', cursor: string, score: number, similarity?: number | null, signals: { __typename?: 'Signals', image?: number | null, imageRank?: number | null, text?: number | null, textRank?: number | null, lexical?: number | null, lexicalRank?: number | null, boost?: number | null, pinned: boolean }, node: { __typename?: 'Product', id: string, title: string, brand?: string | null, price?: { __typename?: 'Money', amount: number, currency: string } | null } }>, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, facets: Array<{ __typename?: 'Facet', field: FacetField, attribute?: string | null, countedOver: number, countedOverRelation: TotalCountRelation, buckets: Array<{ __typename?: 'FacetBucket', value: string, count: number, min?: number | null, max?: number | null }> }> }, suggest: Array<{ __typename?: 'Suggestion', text: string, kind: SuggestionKind, product?: { __typename?: 'Product', id: string } | null }> };

export type SortedQueryVariables = Exact<{
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type SortedQuery = { __typename?: 'Query', cheapest: { __typename?: 'ProductConnection', totalCount: number, totalCountRelation: TotalCountRelation, nodes: Array<{ __typename?: 'Product', id: string, price?: { __typename?: 'Money', amount: number } | null }>, facets: Array<{ __typename?: 'Facet', countedOver: number, buckets: Array<{ __typename?: 'FacetBucket', value: string, count: number, min?: number | null, max?: number | null }> }> }, newest: { __typename?: 'ProductConnection', totalCount: number, nodes: Array<{ __typename?: 'Product', id: string, updatedAt: string }>, pageInfo: { __typename?: 'PageInfo', endCursor?: string | null, hasNextPage: boolean } } };

export type ImportCatalogMutationVariables = Exact<{
  file?: InputMaybe<Scalars['Upload']['input']>;
  url?: InputMaybe<Scalars['URL']['input']>;
  format?: InputMaybe<CatalogFormat>;
  currency?: InputMaybe<Scalars['String']['input']>;
  locale?: InputMaybe<Scalars['String']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
}>;


export type ImportCatalogMutation = { __typename?: 'Mutation', importCatalog: { __typename?: 'IngestJob', id: string, state: JobState, total?: number | null } };

export type ImportStateQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type ImportStateQuery = { __typename?: 'Query', ingestJob?: { __typename?: 'IngestJob', id: string, state: JobState, total?: number | null, done: number, failed: number, startedAt: string, finishedAt?: string | null, errors: Array<{ __typename?: 'IngestError', index: number, id?: string | null, field?: Array<string> | null, code: string, message: string }> } | null };

export type CancelImportMutationVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type CancelImportMutation = { __typename?: 'Mutation', cancelIngestJob: { __typename?: 'IngestJob', id: string, state: JobState, total?: number | null, done: number, failed: number, startedAt: string, finishedAt?: string | null } };

export type FollowImportSubscriptionVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type FollowImportSubscription = { __typename?: 'Subscription', ingestJobProgress: { __typename?: 'IngestJob', id: string, state: JobState, total?: number | null, done: number, failed: number, startedAt: string, finishedAt?: string | null } };

export type JobProgressFragment = { __typename?: 'IngestJob', id: string, state: JobState, total?: number | null, done: number, failed: number, startedAt: string, finishedAt?: string | null };

export type IngestMutationVariables = Exact<{
  products: Array<ProductInput> | ProductInput;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
}>;


export type IngestMutation = { __typename?: 'Mutation', ingestProducts: { __typename?: 'IngestProductsPayload', ingestedCount: number, unchangedCount: number, failedCount: number, results: Array<{ __typename?: 'IngestResult', id: string, status: IngestStatus }>, userErrors: Array<{ __typename?: 'IngestError', index: number, id?: string | null, field?: Array<string> | null, code: string, message: string }> } };

export type DeleteMutationVariables = Exact<{
  ids: Array<Scalars['ID']['input']> | Scalars['ID']['input'];
}>;


export type DeleteMutation = { __typename?: 'Mutation', deleteProducts: { __typename?: 'DeleteProductsPayload', deletedIds: Array<string>, notFoundIds: Array<string> } };

export type SearchQueryVariables = Exact<{
  text?: InputMaybe<Scalars['String']['input']>;
  image?: InputMaybe<Scalars['Upload']['input']>;
  imageUrl?: InputMaybe<Scalars['URL']['input']>;
  similarTo?: InputMaybe<Scalars['ID']['input']>;
  embedding?: InputMaybe<Array<Scalars['Float']['input']> | Scalars['Float']['input']>;
  mix?: InputMaybe<Array<QueryPart> | QueryPart>;
  mode?: InputMaybe<SearchMode>;
  weights?: InputMaybe<HybridWeights>;
  filter?: InputMaybe<ProductFilter>;
  minSimilarity?: InputMaybe<Scalars['Float']['input']>;
  minRelevance?: InputMaybe<Scalars['Float']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
}>;


export type SearchQuery = { __typename?: 'Query', searchProducts: { __typename?: 'ProductConnection', totalCount: number, totalCountRelation: TotalCountRelation, modeUsed: SearchMode, degraded: boolean, degradedReasons: Array<string>, edges: Array<{ __typename?: 'ProductEdge', cursor: string, score: number, similarity?: number | null, relevance?: number | null, signals: { __typename?: 'Signals', image?: number | null, text?: number | null, lexical?: number | null, imageRank?: number | null, textRank?: number | null, lexicalRank?: number | null }, node: { __typename?: 'Product', id: string, title: string, brand?: string | null, categories: Array<string>, price?: { __typename?: 'Money', amount: number, currency: string } | null } }>, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null } } };

export type SimilarUnderHitsQueryVariables = Exact<{
  text: Scalars['String']['input'];
  first?: InputMaybe<Scalars['Int']['input']>;
}>;


export type SimilarUnderHitsQuery = { __typename?: 'Query', searchProducts: { __typename?: 'ProductConnection', nodes: Array<{ __typename?: 'Product', id: string, similar: { __typename?: 'ProductConnection', nodes: Array<{ __typename?: 'Product', id: string }> } }> } };

export type CatalogQueryVariables = Exact<{ [key: string]: never; }>;


export type CatalogQuery = { __typename?: 'Query', catalog: { __typename?: 'Catalog', productCount: number, model: { __typename?: 'Model', id: string, dimension: number, encoder: string }, index: { __typename?: 'IndexInfo', kind: string, name: string, healthy: boolean } } };

export const JobProgressFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"JobProgress"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"IngestJob"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}}]}}]} as unknown as DocumentNode<JobProgressFragment, unknown>;
export const ExploreDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Explore"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"4"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"searchProducts"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"mix"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"text"},"value":{"kind":"StringValue","value":"running shoe","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"weight"},"value":{"kind":"IntValue","value":"2"}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"similarTo"},"value":{"kind":"StringValue","value":"allstar-sneakers","block":false}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"text"},"value":{"kind":"StringValue","value":"white","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"weight"},"value":{"kind":"FloatValue","value":"-0.5"}}]}]}},{"kind":"Argument","name":{"kind":"Name","value":"mode"},"value":{"kind":"EnumValue","value":"HYBRID"}},{"kind":"Argument","name":{"kind":"Name","value":"weights"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"semantic"},"value":{"kind":"IntValue","value":"1"}},{"kind":"ObjectField","name":{"kind":"Name","value":"lexical"},"value":{"kind":"IntValue","value":"1"}}]}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"categories"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"Footwear","block":false}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"brands"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"Adidas","block":false},{"kind":"StringValue","value":"Nike","block":false}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"price"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"max"},"value":{"kind":"IntValue","value":"150"}},{"kind":"ObjectField","name":{"kind":"Name","value":"currency"},"value":{"kind":"StringValue","value":"USD","block":false}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"not"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"attributes"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"name"},"value":{"kind":"StringValue","value":"size","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"in"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"Size 99","block":false}]}}]}]}}]}}]}},{"kind":"Argument","name":{"kind":"Name","value":"minSimilarity"},"value":{"kind":"IntValue","value":"-1"}},{"kind":"Argument","name":{"kind":"Name","value":"groupBy"},"value":{"kind":"EnumValue","value":"PRODUCT_GROUP"}},{"kind":"Argument","name":{"kind":"Name","value":"diversity"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"lambda"},"value":{"kind":"FloatValue","value":"0.9"}}]}},{"kind":"Argument","name":{"kind":"Name","value":"boosts"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"inStock"},"value":{"kind":"BooleanValue","value":true}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"weight"},"value":{"kind":"FloatValue","value":"1.5"}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"brands"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"Nike","block":false}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"weight"},"value":{"kind":"FloatValue","value":"1.1"}}]}]}},{"kind":"Argument","name":{"kind":"Name","value":"pins"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"runx-running-shoe","block":false}]}},{"kind":"Argument","name":{"kind":"Name","value":"facets"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"field"},"value":{"kind":"EnumValue","value":"CATEGORY"}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"field"},"value":{"kind":"EnumValue","value":"BRAND"}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"field"},"value":{"kind":"EnumValue","value":"PRICE"}},{"kind":"ObjectField","name":{"kind":"Name","value":"ranges"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"max"},"value":{"kind":"IntValue","value":"50"}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"min"},"value":{"kind":"IntValue","value":"50"}},{"kind":"ObjectField","name":{"kind":"Name","value":"max"},"value":{"kind":"IntValue","value":"100"}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"min"},"value":{"kind":"IntValue","value":"100"}}]}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"field"},"value":{"kind":"EnumValue","value":"IN_STOCK"}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"field"},"value":{"kind":"EnumValue","value":"ATTRIBUTE"}},{"kind":"ObjectField","name":{"kind":"Name","value":"attribute"},"value":{"kind":"StringValue","value":"color","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"3"}}]}]}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"score"}},{"kind":"Field","name":{"kind":"Name","value":"similarity"}},{"kind":"Field","name":{"kind":"Name","value":"signals"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"image"}},{"kind":"Field","name":{"kind":"Name","value":"imageRank"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"textRank"}},{"kind":"Field","name":{"kind":"Name","value":"lexical"}},{"kind":"Field","name":{"kind":"Name","value":"lexicalRank"}},{"kind":"Field","name":{"kind":"Name","value":"boost"}},{"kind":"Field","name":{"kind":"Name","value":"pinned"}}]}},{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"brand"}},{"kind":"Field","name":{"kind":"Name","value":"price"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"hasPreviousPage"}},{"kind":"Field","name":{"kind":"Name","value":"startCursor"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"totalCountRelation"}},{"kind":"Field","name":{"kind":"Name","value":"facets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"attribute"}},{"kind":"Field","name":{"kind":"Name","value":"buckets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"count"}},{"kind":"Field","name":{"kind":"Name","value":"min"}},{"kind":"Field","name":{"kind":"Name","value":"max"}}]}},{"kind":"Field","name":{"kind":"Name","value":"countedOver"}},{"kind":"Field","name":{"kind":"Name","value":"countedOverRelation"}}]}},{"kind":"Field","name":{"kind":"Name","value":"modeUsed"}},{"kind":"Field","name":{"kind":"Name","value":"degraded"}},{"kind":"Field","name":{"kind":"Name","value":"degradedReasons"}}]}},{"kind":"Field","name":{"kind":"Name","value":"suggest"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"prefix"},"value":{"kind":"StringValue","value":"runing sh","block":false}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"3"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"product"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]}}]} as unknown as DocumentNode<ExploreQuery, ExploreQueryVariables>;
export const SortedDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Sorted"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"cheapest"},"name":{"kind":"Name","value":"searchProducts"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"similarTo"},"value":{"kind":"StringValue","value":"leather-sofa","block":false}},{"kind":"Argument","name":{"kind":"Name","value":"sort"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"by"},"value":{"kind":"EnumValue","value":"PRICE"}}]}},{"kind":"Argument","name":{"kind":"Name","value":"minSimilarity"},"value":{"kind":"FloatValue","value":"0.2"}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"3"}},{"kind":"Argument","name":{"kind":"Name","value":"facets"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"field"},"value":{"kind":"EnumValue","value":"PRICE"}},{"kind":"ObjectField","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"4"}}]}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"price"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"amount"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"totalCountRelation"}},{"kind":"Field","name":{"kind":"Name","value":"facets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"buckets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"count"}},{"kind":"Field","name":{"kind":"Name","value":"min"}},{"kind":"Field","name":{"kind":"Name","value":"max"}}]}},{"kind":"Field","name":{"kind":"Name","value":"countedOver"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"newest"},"name":{"kind":"Name","value":"searchProducts"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"sort"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"by"},"value":{"kind":"EnumValue","value":"UPDATED_AT"}},{"kind":"ObjectField","name":{"kind":"Name","value":"reverse"},"value":{"kind":"BooleanValue","value":true}}]}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"10"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"endCursor"}},{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}}]}},{"kind":"Field","name":{"kind":"Name","value":"totalCount"}}]}}]}}]} as unknown as DocumentNode<SortedQuery, SortedQueryVariables>;
export const ImportCatalogDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ImportCatalog"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"file"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Upload"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"url"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"URL"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"format"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"CatalogFormat"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"currency"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"locale"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"importCatalog"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"file"},"value":{"kind":"Variable","name":{"kind":"Name","value":"file"}}},{"kind":"Argument","name":{"kind":"Name","value":"url"},"value":{"kind":"Variable","name":{"kind":"Name","value":"url"}}},{"kind":"Argument","name":{"kind":"Name","value":"format"},"value":{"kind":"Variable","name":{"kind":"Name","value":"format"}}},{"kind":"Argument","name":{"kind":"Name","value":"currency"},"value":{"kind":"Variable","name":{"kind":"Name","value":"currency"}}},{"kind":"Argument","name":{"kind":"Name","value":"locale"},"value":{"kind":"Variable","name":{"kind":"Name","value":"locale"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"total"}}]}}]}}]} as unknown as DocumentNode<ImportCatalogMutation, ImportCatalogMutationVariables>;
export const ImportStateDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ImportState"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"ingestJob"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"JobProgress"}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"5"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"index"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"JobProgress"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"IngestJob"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}}]}}]} as unknown as DocumentNode<ImportStateQuery, ImportStateQueryVariables>;
export const CancelImportDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CancelImport"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cancelIngestJob"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"JobProgress"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"JobProgress"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"IngestJob"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}}]}}]} as unknown as DocumentNode<CancelImportMutation, CancelImportMutationVariables>;
export const FollowImportDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"FollowImport"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"ingestJobProgress"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"JobProgress"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"JobProgress"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"IngestJob"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}}]}}]} as unknown as DocumentNode<FollowImportSubscription, FollowImportSubscriptionVariables>;
export const IngestDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Ingest"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"products"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ProductInput"}}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"ingestProducts"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"products"},"value":{"kind":"Variable","name":{"kind":"Name","value":"products"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"results"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}},{"kind":"Field","name":{"kind":"Name","value":"ingestedCount"}},{"kind":"Field","name":{"kind":"Name","value":"unchangedCount"}},{"kind":"Field","name":{"kind":"Name","value":"failedCount"}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"index"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<IngestMutation, IngestMutationVariables>;
export const DeleteDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Delete"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"ids"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deleteProducts"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"ids"},"value":{"kind":"Variable","name":{"kind":"Name","value":"ids"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deletedIds"}},{"kind":"Field","name":{"kind":"Name","value":"notFoundIds"}}]}}]}}]} as unknown as DocumentNode<DeleteMutation, DeleteMutationVariables>;
export const SearchDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Search"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"image"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Upload"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"imageUrl"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"URL"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"similarTo"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"embedding"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Float"}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"mix"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"QueryPart"}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"mode"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"SearchMode"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"weights"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"HybridWeights"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ProductFilter"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"minSimilarity"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Float"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"minRelevance"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Float"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"10"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"last"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"before"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"searchProducts"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}},{"kind":"Argument","name":{"kind":"Name","value":"image"},"value":{"kind":"Variable","name":{"kind":"Name","value":"image"}}},{"kind":"Argument","name":{"kind":"Name","value":"imageUrl"},"value":{"kind":"Variable","name":{"kind":"Name","value":"imageUrl"}}},{"kind":"Argument","name":{"kind":"Name","value":"similarTo"},"value":{"kind":"Variable","name":{"kind":"Name","value":"similarTo"}}},{"kind":"Argument","name":{"kind":"Name","value":"embedding"},"value":{"kind":"Variable","name":{"kind":"Name","value":"embedding"}}},{"kind":"Argument","name":{"kind":"Name","value":"mix"},"value":{"kind":"Variable","name":{"kind":"Name","value":"mix"}}},{"kind":"Argument","name":{"kind":"Name","value":"mode"},"value":{"kind":"Variable","name":{"kind":"Name","value":"mode"}}},{"kind":"Argument","name":{"kind":"Name","value":"weights"},"value":{"kind":"Variable","name":{"kind":"Name","value":"weights"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}},{"kind":"Argument","name":{"kind":"Name","value":"minSimilarity"},"value":{"kind":"Variable","name":{"kind":"Name","value":"minSimilarity"}}},{"kind":"Argument","name":{"kind":"Name","value":"minRelevance"},"value":{"kind":"Variable","name":{"kind":"Name","value":"minRelevance"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"last"},"value":{"kind":"Variable","name":{"kind":"Name","value":"last"}}},{"kind":"Argument","name":{"kind":"Name","value":"before"},"value":{"kind":"Variable","name":{"kind":"Name","value":"before"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"score"}},{"kind":"Field","name":{"kind":"Name","value":"similarity"}},{"kind":"Field","name":{"kind":"Name","value":"relevance"}},{"kind":"Field","name":{"kind":"Name","value":"signals"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"image"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"lexical"}},{"kind":"Field","name":{"kind":"Name","value":"imageRank"}},{"kind":"Field","name":{"kind":"Name","value":"textRank"}},{"kind":"Field","name":{"kind":"Name","value":"lexicalRank"}}]}},{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"brand"}},{"kind":"Field","name":{"kind":"Name","value":"categories"}},{"kind":"Field","name":{"kind":"Name","value":"price"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"hasPreviousPage"}},{"kind":"Field","name":{"kind":"Name","value":"startCursor"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"totalCountRelation"}},{"kind":"Field","name":{"kind":"Name","value":"modeUsed"}},{"kind":"Field","name":{"kind":"Name","value":"degraded"}},{"kind":"Field","name":{"kind":"Name","value":"degradedReasons"}}]}}]}}]} as unknown as DocumentNode<SearchQuery, SearchQueryVariables>;
export const SimilarUnderHitsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"SimilarUnderHits"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"searchProducts"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"similar"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"3"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<SimilarUnderHitsQuery, SimilarUnderHitsQueryVariables>;
export const CatalogDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Catalog"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"catalog"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"productCount"}},{"kind":"Field","name":{"kind":"Name","value":"model"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"dimension"}},{"kind":"Field","name":{"kind":"Name","value":"encoder"}}]}},{"kind":"Field","name":{"kind":"Name","value":"index"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"healthy"}}]}}]}}]}}]} as unknown as DocumentNode<CatalogQuery, CatalogQueryVariables>;